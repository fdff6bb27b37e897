import { ceilingOfArm, figureOfArm } from '../report/arm-figure.ts';
import { costTitle } from '../report/cost-figure.ts';
import type { ArmResult, Result } from '../report/result.ts';
import { compareFigure, type FigureTitle, type SideFigure } from './compared-figure.ts';
import type { ComparedArm, ComparedFigure } from './comparison.ts';
import { parameterDifferences } from './paired-arms.ts';

/** An arm with the run it belongs to. */
interface ArmOfRun {
  readonly arm: ArmResult;
  readonly result: Result;
}

const THROUGHPUT: FigureTitle = { name: 'throughputMsgPerS', title: 'msg/s', better: 'higher' };
const CEILING: FigureTitle = { name: 'ceilingFraction', title: 'share of the ceiling', better: 'higher' };
const LATENCIES = [
  ['p50', { name: 'latencyP50Us', title: 'p50 ms', better: 'lower' }],
  ['p99', { name: 'latencyP99Us', title: 'p99 ms', better: 'lower' }],
  ['p999', { name: 'latencyP999Us', title: 'p99.9 ms', better: 'lower' }],
] as const satisfies readonly (readonly [string, FigureTitle])[];

const NOTHING: SideFigure = { value: null, byRound: [] };

/** Sets an arm of two runs side by side. A side without a figure has none of its kind either: no latency and no cost. */
export function compareArm(before: ArmOfRun, after: ArmOfRun): ComparedArm {
  const noFigure = { before: whyNone(before), after: whyNone(after) };
  const isLowerBound = { before: isBound(before), after: isBound(after) };
  return {
    name: after.arm.name,
    parameters: parameterDifferences(before.arm, after.arm),
    noFigure,
    isLowerBound,
    figures: figuresOf(
      noFigure.before === null ? before : undefined,
      noFigure.after === null ? after : undefined,
      isLowerBound.before || isLowerBound.after,
    ),
  };
}

function whyNone({ arm, result }: ArmOfRun): string | null {
  if (result.verdict === 'interrupted') return 'the run was interrupted';
  if (result.profile !== undefined) return 'it was measured under a profiler';
  const figure = figureOfArm(arm, result.checks);
  return figure.kind === 'none' ? figure.reason : null;
}

function isBound({ arm }: ArmOfRun): boolean {
  return arm.inconclusive !== undefined;
}

/** Undefined: that side has no figure. */
function figuresOf(
  before: ArmOfRun | undefined,
  after: ArmOfRun | undefined,
  isLowerBound: boolean,
): readonly ComparedFigure[] {
  if (before === undefined && after === undefined) return [];
  const compare = (title: FigureTitle, figure: (of: ArmOfRun) => SideFigure, bound = false) =>
    compareFigure(
      title,
      before === undefined ? NOTHING : figure(before),
      after === undefined ? NOTHING : figure(after),
      bound,
    );
  const costs = new Set([before, after].flatMap((side) => Object.keys(side?.arm.costs ?? {})));
  return [
    compare(THROUGHPUT, throughput, isLowerBound),
    compare(CEILING, share, isLowerBound),
    ...LATENCIES.map(([percentile, title]) => compare(title, ({ arm }) => single(arm.latencyUs?.[percentile]))),
    ...[...costs].map((name) =>
      compare({ name, title: costTitle(name), better: 'lower' }, ({ arm }) => single(arm.costs[name])),
    ),
  ].filter((figure) => figure.before !== null || figure.after !== null);
}

function throughput({ arm }: ArmOfRun): SideFigure {
  return {
    value: arm.throughputMsgPerS?.median ?? null,
    byRound: arm.throughputByRound.filter((rate) => rate !== null),
  };
}

/** The share of each round can be told where every round has a ceiling of its own. */
function share({ arm, result }: ArmOfRun): SideFigure {
  const ceilings = ceilingOfArm(arm, result.ceilings)?.byRound ?? [];
  const rates = arm.throughputByRound;
  const isByRound = ceilings.length === rates.length && ceilings.every((ceiling) => ceiling > 0);
  const byRound = isByRound
    ? rates.flatMap((rate, round) => (rate === null ? [] : [rate / (ceilings[round] ?? 1)]))
    : [];
  return { value: arm.ceilingFraction, byRound };
}

/** Put together over all rounds, so that nothing is known of the noise between them. */
function single(value: number | undefined): SideFigure {
  return { value: value ?? null, byRound: [] };
}
