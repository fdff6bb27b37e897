import { type Interval, pairedRatios } from './interval.ts';
import type { SweepPoint } from './knee.ts';

/** Two curves at one value of the parameter they share. */
export interface Comparison {
  readonly x: number;
  /** Of the first curve to the second, in paired rounds. */
  readonly ratio: Interval;
  /** Which is surely higher; neither when the interval holds 1. */
  readonly higher: 'first' | 'second' | undefined;
}

/** Where the lead changes from one curve to the other. */
export interface Crossing {
  /** The last value at which the one is surely higher, and the next at which the other is. */
  readonly between: readonly [number, number];
  /** Where the median of the ratios is 1, its logarithm interpolated. */
  readonly about: number;
}

/** Two curves at the values both have, by x. Throws RangeError when they do not have the same number of rounds. */
export function compareCurves(
  first: readonly SweepPoint[],
  second: readonly SweepPoint[],
  seed: number,
): readonly Comparison[] {
  return first
    .toSorted((a, b) => a.x - b.x)
    .flatMap(({ x, byRound }) => {
      const other = second.find((point) => point.x === x);
      if (other === undefined) return [];
      const ratio = pairedRatios(byRound, other.byRound, seed);
      const higher = ratio.low > 1 ? 'first' : ratio.high < 1 ? 'second' : undefined;
      return [{ x, ratio, higher }];
    });
}

/** The places where the lead surely changes; values at which it cannot be told only widen the gap between. */
export function crossingsOf(comparisons: readonly Comparison[]): readonly Crossing[] {
  const sure = comparisons.flatMap(({ higher }, index) => (higher === undefined ? [] : [index]));
  return sure.slice(1).flatMap((to, index) => {
    const gap = comparisons.slice(sure[index], to + 1);
    const [left, right] = [gap[0], gap.at(-1)];
    if (left === undefined || right === undefined || left.higher === right.higher) return [];
    return [{ between: [left.x, right.x], about: balanceIn(gap, left) }];
  });
}

/** Between the first two neighbours of which one is above 1 and the other is not. */
function balanceIn(gap: readonly Comparison[], left: Comparison): number {
  const isFirst = ({ ratio }: Comparison): boolean => ratio.median > 1;
  const at = gap.findIndex((comparison) => isFirst(comparison) !== isFirst(left));
  const [before = left, after = left] = [gap[at - 1], gap[at]];
  const [from, to] = [Math.log(before.ratio.median), Math.log(after.ratio.median)];
  return from === to ? after.x : before.x + ((after.x - before.x) * from) / (from - to);
}
