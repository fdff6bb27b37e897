import { fingerprintOf, type MachineFingerprint } from '../report/machine-fingerprint.ts';
import { type MeasuredArm, type MeasuredResult, unfitArmReason, unfitReason } from '../report/measured-result.ts';
import type { FoundResult } from './find-results.ts';

/** A figure over time, of one arm of one scenario on one kind of machine. */
export interface TrendSeries {
  readonly scenario: string;
  readonly arm: string;
  readonly machine: MachineFingerprint;
  /** By dotted key: an arm whose parameters were changed is another arm, whatever its name. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly figure: string;
  readonly unit: string;
  readonly better: 'higher' | 'lower';
  readonly points: readonly TrendPoint[];
}

export interface TrendPoint {
  readonly startedAt: string;
  readonly value: number;
  readonly file: string;
}

export interface TrendData {
  readonly series: readonly TrendSeries[];
  /** Runs and arms without figures of the server, each a sentence. */
  readonly leftOut: readonly string[];
}

/** The figures of results (in their order of time), series by series in the order in which these first appear. */
export function trendSeries(results: readonly FoundResult[]): TrendData {
  const series = new Map<string, TrendSeries & { readonly points: TrendPoint[] }>();
  const leftOut: string[] = [];
  for (const { file, result } of results) {
    const unfit = unfitReason(result);
    if (unfit !== undefined) {
      leftOut.push(`${result.scenario} of ${result.startedAt}: ${unfit}`);
      continue;
    }
    const machine = fingerprintOf(result.environment);
    for (const arm of result.arms) {
      const unfitArm = unfitArmReason(arm);
      if (unfitArm !== undefined) {
        leftOut.push(`${result.scenario} of ${result.startedAt}, ${arm.name}: ${unfitArm}`);
        continue;
      }
      for (const { value, ...figure } of figuresOf(arm, result)) {
        const parameters = sorted(arm.parameters);
        const key = JSON.stringify([result.scenario, arm.name, figure.figure, machine, parameters]);
        const whose = { scenario: result.scenario, arm: arm.name, machine, parameters };
        const known = series.get(key) ?? { ...whose, ...figure, points: [] };
        known.points.push({ startedAt: result.startedAt, value, file });
        series.set(key, known);
      }
    }
  }
  return { series: [...series.values()], leftOut };
}

interface ArmFigure {
  readonly figure: string;
  readonly unit: string;
  readonly better: 'higher' | 'lower';
  readonly value: number;
}

function figuresOf(arm: MeasuredArm, { ratios }: MeasuredResult): readonly ArmFigure[] {
  const higher = (figure: string, unit: string, value: number | null | undefined): readonly ArmFigure[] =>
    value === null || value === undefined ? [] : [{ figure, unit, better: 'higher', value }];
  return [
    ...higher('throughput', 'msg/s', arm.throughputMsgPerS?.median),
    ...higher('popAck', 'msg/s', arm.popAck?.throughputMsgPerS.median),
    ...higher('ceilingFraction', 'of plain SQL', arm.ceilingFraction),
    ...ratios
      .filter(({ numerator, metric }) => numerator === arm.name && metric === 'throughput')
      .flatMap(({ denominator, median }) => higher(`ratio to ${denominator}`, '×', median)),
    ...Object.entries(arm.costs).map(
      ([figure, value]): ArmFigure => ({ figure, unit: 'a message', better: 'lower', value }),
    ),
  ];
}

function sorted(record: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
