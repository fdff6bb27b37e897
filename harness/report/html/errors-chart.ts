import { ERROR_SOURCES } from '../../checkers/judged-errors.ts';
import type { ErrorReport } from '../error-record.ts';
import type { ArmResult, Result } from '../result.ts';
import { faultSpans } from './fault-span.ts';
import type { Point } from './thinned.ts';
import { type TimeChart, timeChart } from './time-chart.ts';

/** Errors of one arm over time. */
export interface ErrorsChart {
  readonly arm: string;
  readonly chart: TimeChart;
}

/** More than these are no help: the table has all arms. */
const MAX_CHARTS = 8;

const MS_PER_S = 1000;

/**
 * Errors per second over time, a chart for each arm that had any and a line for each source, over the times of its faults.
 * Rounds are put together, as their mean: they follow the same schedule of faults.
 */
export function errorsCharts({ arms }: Result): readonly ErrorsChart[] {
  const withErrors = arms.flatMap((arm, index) => {
    const { errorReport } = arm;
    const errors = errorReport?.classes.filter(({ overTime }) => overTime.length > 0) ?? [];
    if (errorReport === undefined || errors.length === 0) return [];
    const count = errors.reduce((sum, error) => sum + error.count, 0);
    const unexplained = errors.reduce((sum, error) => sum + error.unexplained, 0);
    return [{ arm, errorReport, id: `errors-${index}`, count, unexplained }];
  });
  return withErrors
    .sort((a, b) => b.unexplained - a.unexplained || b.count - a.count)
    .slice(0, MAX_CHARTS)
    .map(({ arm, errorReport, id }) => ({ arm: arm.name, chart: chartOf(id, arm, errorReport) }));
}

function chartOf(id: string, arm: ArmResult, report: ErrorReport): TimeChart {
  const lines = ERROR_SOURCES.flatMap((source, colour) => {
    const points = pointsOf(
      report.classes.filter((error) => error.source === source),
      report,
      arm.rounds,
    );
    return points === undefined ? [] : [{ colour, name: source, round: 1, points }];
  });
  const ofRounds = arm.rounds > 1 ? `, mean of ${arm.rounds} rounds` : '';
  const axis = timeChart(id, `${arm.name}: errors per second${ofRounds}`, 'errors/s', lines);
  // What is shaded here is when faults were in effect: whose warm-up it was is nobody's question.
  return { ...axis, warmUpS: 0, faults: faultSpans(arm.faults ?? []) };
}

/** Undefined when there were none. */
function pointsOf(
  classes: ErrorReport['classes'],
  { fromMs, bucketMs, buckets }: ErrorReport,
  rounds: number,
): readonly Point[] | undefined {
  const counts = Array.from({ length: buckets }, () => 0);
  for (const { from, counts: ofRound } of classes.flatMap(({ overTime }) => overTime)) {
    for (const [index, count] of ofRound.entries()) counts[from + index] = (counts[from + index] ?? 0) + count;
  }
  if (counts.every((count) => count === 0)) return undefined;
  return counts.map((count, bucket) => {
    const middleMs = fromMs + (bucket + 0.5) * bucketMs;
    return [middleMs / MS_PER_S, Math.round((count * MS_PER_S * 100) / (bucketMs * rounds)) / 100];
  });
}
