import { pairedRatios } from '../measure/interval.ts';
import type { ArmResult, Result } from '../report/result.ts';
import type { Arm } from '../scenario/scenario.ts';

/** A choice that scenarios put to the test: the value of the numerator, and the one it is held against. */
interface Comparison {
  readonly value: (arm: Arm) => string;
  readonly above: string;
  readonly below: string;
  /** The rest of an arm, which has to be the same on both sides. */
  readonly rest: (arm: Arm) => unknown;
}

/** The warm-up may differ: every arm is given what it needs to be steady. */
const COMPARISONS: readonly Comparison[] = [
  {
    value: ({ load }) => load.route,
    above: 'push',
    below: 'push-legacy',
    rest: ({ server, load, drain }) => [server, { ...load, route: undefined, warmUpMs: undefined }, drain],
  },
  {
    value: ({ server }) => server.poolMode,
    above: 'unified',
    below: 'split',
    rest: ({ server, load, drain }) => [{ ...server, poolMode: undefined }, { ...load, warmUpMs: undefined }, drain],
  },
];

/**
 * Throughput of push over push-legacy and of a unified pool over a split one, round by round, for every pair of arms that
 * differ in that (and warm-up) alone. Pairs without a figure on both sides have no ratio.
 */
export function armRatios(arms: readonly Arm[], results: readonly ArmResult[], seed: number): Result['ratios'] {
  return COMPARISONS.flatMap(({ value, above, below, rest }) =>
    arms
      .filter((arm) => value(arm) === above)
      .flatMap((arm): Result['ratios'] => {
        const alike = JSON.stringify(rest(arm));
        const other = arms.find((candidate) => value(candidate) === below && JSON.stringify(rest(candidate)) === alike);
        const numerator = provenRates(arm, results);
        const denominator = other === undefined ? undefined : provenRates(other, results);
        if (other === undefined || numerator === undefined || denominator === undefined) return [];
        if (numerator.length !== denominator.length || denominator.some((rate) => rate === 0)) return [];
        const interval = pairedRatios(numerator, denominator, seed);
        return [{ numerator: arm.name, denominator: other.name, metric: 'throughput', ...interval }];
      }),
  );
}

function provenRates(arm: Arm, results: readonly ArmResult[]): readonly number[] | undefined {
  const result = results.find(({ name }) => name === arm.name);
  if (result === undefined || result.throughputMsgPerS === null) return undefined;
  return result.throughputByRound.filter((rate) => rate !== null);
}
