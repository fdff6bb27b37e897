import { median } from 'simple-statistics';
import type { ArmResult, CheckRecord, Result } from '../report/result.ts';
import type { Metric } from '../scenario/expectation.ts';

/** A figure, or the reason why there is none. */
export type Observation = { readonly value: number } | { readonly missing: string };

/** Metric words of `ratios[]` that mean throughput. */
const THROUGHPUT_RATIO = 'throughput';

const US_PER_MS = 1000;

/**
 * One metric of one arm over all its rounds; latencies in milliseconds. Figures of speed need a valid proof; every metric
 * but `refused` needs all the planned rounds.
 */
export function observeMetric(
  armName: string,
  metric: Metric,
  arms: readonly ArmResult[],
  checks: readonly CheckRecord[],
  rounds: number,
): Observation {
  const arm = arms.find(({ name }) => name === armName);
  const missing = (reason: string): Observation => ({ missing: `${armName}: ${reason}` });
  if (arm === undefined) return missing('this arm was not run');
  if (metric === 'refused' && arm.refused !== null) return { value: 1 };
  if (arm.refused !== null) return missing('the server refused to start');
  if (metric === 'refused') return arm.rounds > 0 ? { value: 0 } : missing('this arm was not run');
  if (arm.rounds < rounds) return missing(`only ${arm.rounds} of ${rounds} rounds were run`);
  switch (metric) {
    case 'acknowledged':
      return { value: arm.acknowledgedMessages };
    case 'errors':
      return { value: arm.errors.reduce((sum, { count }) => sum + count, 0) };
    case 'lost':
    case 'duplicated':
      return observeAccounting(armName, metric, checks, rounds);
    case 'peakConnections':
      // A server that works holds a connection: a peak of 0 says that nothing was sampled.
      return arm.connections.peak > 0 ? { value: arm.connections.peak } : missing('connections were not sampled');
    default:
      return observeSpeed(arm, metric);
  }
}

/**
 * Median over the rounds of the ratio of two arms' throughputs, from `ratios` or else from the figures of the rounds: a
 * pair of one round shares the machine's mood, two medians do not. Undefined when no round has both figures.
 */
export function observeThroughputRatio(
  numerator: string,
  denominator: string,
  arms: readonly ArmResult[],
  ratios: Result['ratios'],
): Observation | undefined {
  const known = ratios.find(
    (ratio) => ratio.metric === THROUGHPUT_RATIO && ratio.numerator === numerator && ratio.denominator === denominator,
  );
  if (known !== undefined) return { value: known.median };
  const above = arms.find(({ name }) => name === numerator)?.throughputByRound ?? [];
  const below = arms.find(({ name }) => name === denominator)?.throughputByRound ?? [];
  const paired = above.flatMap((value, index) => {
    const divisor = below[index] ?? 0;
    return value === null || divisor === 0 ? [] : [value / divisor];
  });
  return paired.length === 0 ? undefined : { value: median(paired) };
}

function observeSpeed(
  arm: ArmResult,
  metric: 'throughput' | 'requests' | 'ceilingFraction' | 'p50' | 'p90' | 'p99' | 'p999',
): Observation {
  if (arm.verdict !== 'valid') return { missing: `${arm.name}: no figure, its proof is ${arm.verdict}` };
  const value = speedOf(arm, metric);
  return value === null ? { missing: `${arm.name}: ${metric} was not measured` } : { value };
}

function speedOf(arm: ArmResult, metric: Parameters<typeof observeSpeed>[1]): number | null {
  switch (metric) {
    case 'throughput':
      return arm.throughputMsgPerS?.median ?? null;
    case 'requests':
      return arm.requestsPerS;
    case 'ceilingFraction':
      return arm.ceilingFraction;
    default:
      return arm.latencyUs === null ? null : arm.latencyUs[metric] / US_PER_MS;
  }
}

/** Sum of a count of the accounting check over the rounds; one round without a judgement leaves the sum unknown. */
function observeAccounting(
  armName: string,
  metric: 'lost' | 'duplicated',
  checks: readonly CheckRecord[],
  rounds: number,
): Observation {
  const made = checks.filter((check) => check.name === 'accounting' && check.arm === armName);
  const judged = new Set(made.filter(({ verdict }) => verdict !== 'unknown').map(({ round }) => round));
  const counts = made.map((check) => check.counts[metric]);
  if (made.length === 0) return { missing: `${armName}: the accounting check was not made` };
  if (judged.size < rounds) {
    return { missing: `${armName}: the accounting check judged ${judged.size} of ${rounds} rounds` };
  }
  if (counts.some((count) => count === undefined)) {
    return { missing: `${armName}: the accounting check did not count ${metric} messages` };
  }
  return { value: counts.reduce<number>((sum, count) => sum + (count ?? 0), 0) };
}
