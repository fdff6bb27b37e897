import { median } from 'simple-statistics';
import type { LatencyUs } from '../measure/latency.ts';
import type { ArmResult, CheckRecord, Result } from '../report/result.ts';
import type { Metric } from '../scenario/expectation.ts';

/** A figure, or the reason why there is none. */
export type Observation = { readonly value: number } | { readonly missing: string };

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

/** Metrics that are measured in every round, so that ratios of them can be paired. */
export type RateMetric = 'throughput' | 'popAck';

export function isRate(metric: Metric): metric is RateMetric {
  return metric === 'throughput' || metric === 'popAck';
}

interface ArmRate {
  readonly arm: string;
  readonly metric: RateMetric;
}

/**
 * Median over the rounds of the ratio of two rates, from `ratios` or else from the figures of the rounds: a pair of one
 * round shares the machine's mood, two medians do not. Undefined when no round has both figures.
 */
export function observeRateRatio(
  numerator: ArmRate,
  denominator: ArmRate,
  arms: readonly ArmResult[],
  ratios: Result['ratios'],
): Observation | undefined {
  const known = ratios.find(
    (ratio) =>
      [numerator, denominator].every(({ metric }) => metric === ratio.metric) &&
      ratio.numerator === numerator.arm &&
      ratio.denominator === denominator.arm,
  );
  if (known !== undefined) return { value: known.median };
  const above = ratesByRound(numerator, arms);
  const below = ratesByRound(denominator, arms);
  const paired = above.flatMap((value, index) => {
    const divisor = below[index] ?? 0;
    return value === null || divisor === 0 ? [] : [value / divisor];
  });
  return paired.length === 0 ? undefined : { value: median(paired) };
}

function ratesByRound({ arm, metric }: ArmRate, arms: readonly ArmResult[]): readonly (number | null)[] {
  const result = arms.find(({ name }) => name === arm);
  return (metric === 'popAck' ? result?.popAck?.throughputByRound : result?.throughputByRound) ?? [];
}

/** Metrics of speed: what needs a valid proof. */
type SpeedMetric = Exclude<Metric, 'acknowledged' | 'errors' | 'lost' | 'duplicated' | 'refused' | 'peakConnections'>;

function observeSpeed(arm: ArmResult, metric: SpeedMetric): Observation {
  if (arm.verdict !== 'valid') return { missing: `${arm.name}: no figure, its proof is ${arm.verdict}` };
  // Neither met nor not met: the server may do better than what was seen.
  if (arm.inconclusive !== undefined) return { missing: `${arm.name}: the load generator was the limit` };
  const value = speedOf(arm, metric);
  return value === null ? { missing: `${arm.name}: ${metric} was not measured` } : { value };
}

function speedOf(arm: ArmResult, metric: SpeedMetric): number | null {
  switch (metric) {
    case 'throughput':
      return arm.throughputMsgPerS?.median ?? null;
    case 'requests':
      return arm.requestsPerS;
    case 'capacity':
      return arm.saturation?.capacityPerS?.median ?? null;
    case 'ceilingFraction':
      return arm.ceilingFraction;
    case 'popAck':
      return arm.popAck?.throughputMsgPerS.median ?? null;
    case 'popP50':
    case 'popP99':
      return milliseconds(arm.popAck?.popLatencyUs, metric === 'popP50' ? 'p50' : 'p99');
    case 'ackP50':
    case 'ackP99':
      return milliseconds(arm.popAck?.ackLatencyUs, metric === 'ackP50' ? 'p50' : 'p99');
    default:
      return milliseconds(arm.latencyUs, metric);
  }
}

function milliseconds(latencyUs: ArmResult['latencyUs'] | undefined, percentile: keyof LatencyUs): number | null {
  return latencyUs === null || latencyUs === undefined ? null : latencyUs[percentile] / US_PER_MS;
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
