import { pairedRatios } from '../measure/interval.ts';
import type { ArmResult, Result } from '../report/result.ts';
import type { Arm } from '../scenario/scenario.ts';

/**
 * Throughput of push over push-legacy, round by round, for every pair of arms that differ in the route (and warm-up) alone. Pairs
 * without a figure on both sides have no ratio.
 */
export function routeRatios(arms: readonly Arm[], results: readonly ArmResult[], seed: number): Result['ratios'] {
  return arms
    .filter((arm) => arm.load.route === 'push')
    .flatMap((arm): Result['ratios'] => {
      const other = arms.find((candidate) => candidate.load.route === 'push-legacy' && alikeButRoute(arm, candidate));
      const numerator = provenRates(arm, results);
      const denominator = other === undefined ? undefined : provenRates(other, results);
      if (other === undefined || numerator === undefined || denominator === undefined) return [];
      if (numerator.length !== denominator.length || denominator.some((rate) => rate === 0)) return [];
      const interval = pairedRatios(numerator, denominator, seed);
      return [{ numerator: arm.name, denominator: other.name, metric: 'throughput', ...interval }];
    });
}

/** The warm-up may differ: every arm is given what it needs to be steady. */
function alikeButRoute(arm: Arm, other: Arm): boolean {
  const compared = ({ server, load }: Arm) =>
    JSON.stringify([server, { ...load, route: undefined, warmUpMs: undefined }]);
  return compared(arm) === compared(other);
}

function provenRates(arm: Arm, results: readonly ArmResult[]): readonly number[] | undefined {
  const result = results.find(({ name }) => name === arm.name);
  if (result === undefined || result.throughputMsgPerS === null) return undefined;
  return result.throughputByRound.filter((rate) => rate !== null);
}
