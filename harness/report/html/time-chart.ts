import { figureOfArm } from '../arm-figure.ts';
import type { ArmResult, Result, SeriesRecord } from '../result.ts';
import { type FaultSpan, faultSpans } from './fault-span.ts';
import { type Point, thinned } from './thinned.ts';

/** One line of one run; times are seconds since the measured window began, so warm-up is below 0. */
export interface ChartLine {
  /** Place in the palette: that of the arm, where the lines are arms. */
  readonly colour: number;
  /** The arm, or what else the line is of. */
  readonly name: string;
  readonly round: number;
  readonly points: readonly Point[];
}

/** A value drawn across the whole chart, such as `max_connections`. */
interface ChartLimit {
  readonly label: string;
  readonly value: number;
}

export interface TimeChart {
  readonly id: string;
  readonly title: string;
  /** Behind a figure in tables and tips. */
  readonly unit: string;
  /** What the points stand over: seconds, per cent of something, or 1 / (1 − p) of a percentile p on a logarithmic axis. */
  readonly xUnit: 's' | '%' | 'percentile';
  readonly lines: readonly ChartLine[];
  readonly limits: readonly ChartLimit[];
  readonly logarithmic: boolean;
  readonly faults: readonly FaultSpan[];
  /** Where the time axis begins and ends, when that is not left to the lines. */
  readonly spanS?: readonly [fromS: number, toS: number];
  /** Where the earliest warm-up began, seconds before the measured window; 0 without warm-up. */
  readonly warmUpS: number;
}

const MS_PER_S = 1000;
const US_PER_MS = 1000;
/** From this spread on, a linear axis would press the fast arms into one line. */
const LOGARITHMIC_SPREAD = 40;
/** As many points as a line can show on a screen. */
const MAX_LINE_POINTS = 240;
const MIN_LINE_POINTS = 12;
/** All lines of one chart together; keeps the report of a long run or of many arms well below 2 MB. */
const MAX_CHART_POINTS = 3_600;
/** More lines across a chart than this hide what they should explain. */
const MAX_BUDGETS = 2;

type Reading = (series: SeriesRecord) => readonly Point[];

/**
 * The charts over time. Speed and latency are drawn for arms with a proven figure only; connections and errors for every arm
 * that ran, because they help to see why a proof failed. A chart without lines is left out.
 */
export function timeCharts(result: Result): readonly TimeChart[] {
  const proven = (arm: ArmResult) => figureOfArm(arm, result.checks).kind === 'figure';
  const ran = (arm: ArmResult) => arm.refused === null;
  const runs = result.arms.reduce((sum, { series }) => sum + series.length, 0);
  const maxPoints = Math.min(MAX_LINE_POINTS, Math.max(MIN_LINE_POINTS, Math.floor(MAX_CHART_POINTS / runs)));
  const p50 = linesOf(result, proven, (series) =>
    thinned(bucketPoints(series, series.latencyP50Us, US_PER_MS), 'mean', maxPoints),
  );
  const p99 = linesOf(result, proven, (series) =>
    thinned(bucketPoints(series, series.latencyP99Us, US_PER_MS), 'max', maxPoints),
  );
  const rate = linesOf(result, proven, (series) =>
    thinned(bucketPoints(series, series.acknowledgedPerS, 1), 'mean', maxPoints),
  );
  const connections = linesOf(result, ran, (series) => thinned(connectionPoints(series), 'max', maxPoints));
  const errors = linesOf(result, ran, (series) =>
    thinned(bucketPoints(series, series.errors, series.bucketMs / MS_PER_S), 'mean', maxPoints),
  );
  const hasErrors = errors.some(({ points }) => points.some(([, value]) => (value ?? 0) > 0));
  return [
    timeChart('throughput', 'Acknowledged messages per second', 'msg/s', rate),
    timeChart('latency-p50', 'Latency p50', 'ms', p50),
    timeChart('latency-p99', 'Latency p99', 'ms', p99),
    {
      ...timeChart('connections', 'Connections the server holds', 'connections', connections),
      limits: limitsOf(result),
    },
    timeChart('errors', 'Errors per second', 'errors/s', hasErrors ? errors : []),
  ]
    .filter(({ lines }) => lines.some(({ points }) => points.length > 0))
    .map((shown) => ({ ...shown, faults: faultsOf(result) }));
}

/** Of all arms; where some had none, with the names of those that had. */
function faultsOf({ arms }: Result): readonly FaultSpan[] {
  const ran = arms.filter(({ refused }) => refused === null);
  const isShared = ran.every(({ faults = [] }) => faults.length > 0);
  const spans = ran.flatMap(({ name, faults = [] }) => faultSpans(faults, isShared ? '' : ` (${name})`));
  return [...new Map(spans.map((span) => [JSON.stringify(span), span])).values()];
}

/** A chart without limits and faults; on a logarithmic axis when its values are milliseconds that lie far apart. */
export function timeChart(id: string, title: string, unit: string, lines: readonly ChartLine[]): TimeChart {
  const warmUpS = Math.max(0, ...lines.map(({ points }) => -(points[0]?.[0] ?? 0)));
  return {
    id,
    title,
    unit,
    xUnit: 's',
    lines,
    limits: [],
    faults: [],
    logarithmic: unit === 'ms' && isWide(lines),
    warmUpS,
  };
}

function linesOf(result: Result, isShown: (arm: ArmResult) => boolean, read: Reading): readonly ChartLine[] {
  return result.arms.flatMap((arm, armIndex) =>
    isShown(arm)
      ? arm.series.map((series) => ({ colour: armIndex, name: arm.name, round: series.round, points: read(series) }))
      : [],
  );
}

function bucketPoints(series: SeriesRecord, values: readonly (number | null)[], divisor: number): readonly Point[] {
  return values.map((value, index) => {
    const middleMs = (index + 0.5) * series.bucketMs - series.measuredFromMs;
    return [middleMs / MS_PER_S, value === null ? null : value / divisor];
  });
}

/** Both pools together: what the budget bounds. */
function connectionPoints({ connections, measuredFromMs }: SeriesRecord): readonly Point[] {
  return connections.map(({ atMs, async, regular }) => [(atMs - measuredFromMs) / MS_PER_S, async + regular]);
}

function limitsOf({ arms, environment }: Result): readonly ChartLimit[] {
  const ran = arms.filter(({ refused }) => refused === null);
  const budgets = [...new Set(ran.flatMap(({ connections }) => connections.budget ?? []))];
  return [
    ...(environment.maxConnections === null
      ? []
      : [{ label: `max_connections ${environment.maxConnections}`, value: environment.maxConnections }]),
    ...(budgets.length > MAX_BUDGETS ? [] : budgets.map((value) => ({ label: `budget ${value}`, value }))),
  ];
}

/** Whether a linear axis would press the small values together. */
export function isWide(lines: readonly ChartLine[]): boolean {
  return spreadOf(lines) > LOGARITHMIC_SPREAD;
}

function spreadOf(lines: readonly ChartLine[]): number {
  const values = lines.flatMap(({ points }) =>
    points.flatMap(([, value]) => (value === null || value <= 0 ? [] : value)),
  );
  const lowest = values.reduce((low, value) => Math.min(low, value), Number.POSITIVE_INFINITY);
  return values.reduce((high, value) => Math.max(high, value), 0) / lowest;
}
