import { normalQuantile } from './distributions.ts';
import type { Interval } from './interval.ts';

const z = normalQuantile(0.975);

/**
 * A share with its 95 % score interval (Wilson, JASA 22, 1927), which says something of none and of all of so many, too.
 * Throws RangeError unless there are trials and no more successes than trials.
 */
export function shareInterval(successes: number, trials: number): Interval {
  if (!(trials > 0 && successes >= 0 && successes <= trials)) {
    throw new RangeError(`${successes} of ${trials} is no share`);
  }
  const share = successes / trials;
  const shrink = 1 + z ** 2 / trials;
  const centre = (share + z ** 2 / (2 * trials)) / shrink;
  const half = (z * Math.sqrt((share * (1 - share)) / trials + (z / (2 * trials)) ** 2)) / shrink;
  // Rounding would leave a trace of what is exactly nothing, or all.
  return {
    median: share,
    low: successes === 0 ? 0 : centre - half,
    high: successes === trials ? 1 : centre + half,
  };
}
