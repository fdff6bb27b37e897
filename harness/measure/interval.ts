import { median, quantileSorted, sampleWithReplacement } from 'simple-statistics';
import { seededRandom } from './seeded-random.ts';

/** A median with its 95 % interval, in the unit of the values. */
export interface Interval {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** What is known without sampling, as an interval. */
export function exactly(value: number): Interval {
  return { median: value, low: value, high: value };
}

const RESAMPLES = 4_000;
const TAIL = 0.025;

/**
 * The median and its 95 % percentile bootstrap interval; one value gives an interval of no width. The same values and
 * seed give the same interval. With n rounds it cannot reach beyond their smallest and largest.
 * Throws RangeError without values.
 */
export function bootstrapMedian(values: readonly number[], seed: number): Interval {
  if (values.length === 0) throw new RangeError('there is no median of no values');
  const all = [...values];
  const random = seededRandom(seed);
  const medians = Array.from({ length: RESAMPLES }, () => median(sampleWithReplacement(all, all.length, random)));
  medians.sort((a, b) => a - b);
  return { median: median(all), low: quantileSorted(medians, TAIL), high: quantileSorted(medians, 1 - TAIL) };
}

/**
 * The interval of the ratios of two arms, round by round: what both arms of a round suffered alike cancels out.
 * Throws RangeError when the arms have different numbers of rounds, or none, or a denominator is not above zero.
 */
export function pairedRatios(
  numeratorByRound: readonly number[],
  denominatorByRound: readonly number[],
  seed: number,
): Interval {
  return bootstrapMedian(ratiosByRound(numeratorByRound, denominatorByRound), seed);
}

/** The ratios themselves; throws as {@link pairedRatios} does, but gives none for no rounds. */
export function ratiosByRound(
  numeratorByRound: readonly number[],
  denominatorByRound: readonly number[],
): readonly number[] {
  if (numeratorByRound.length !== denominatorByRound.length) {
    throw new RangeError(`${numeratorByRound.length} and ${denominatorByRound.length} rounds cannot be paired`);
  }
  return numeratorByRound.map((numerator, round) => {
    const denominator = denominatorByRound[round] ?? 0;
    if (!(denominator > 0)) throw new RangeError(`there is no ratio to ${denominator} (round ${round + 1})`);
    return numerator / denominator;
  });
}

/**
 * The ratio of the medians of two arms that were measured apart, with its 95 % percentile bootstrap interval: each arm is
 * resampled by itself (Kalibera and Jones, "Quantifying Performance Changes with Effect Size Confidence Intervals", 2020).
 * Throws RangeError when an arm has no values, or a value that is not above zero.
 */
export function ratioOfMedians(numerators: readonly number[], denominators: readonly number[], seed: number): Interval {
  const [above, below] = [[...numerators], [...denominators]];
  if (above.length === 0 || below.length === 0) throw new RangeError('there is no ratio of no values');
  const bad = [...above, ...below].find((value) => !(value > 0));
  if (bad !== undefined) throw new RangeError(`there is no ratio of ${bad}`);
  const random = seededRandom(seed);
  const resampled = (values: number[]) => median(sampleWithReplacement(values, values.length, random));
  const ratios = Array.from({ length: RESAMPLES }, () => resampled(above) / resampled(below));
  ratios.sort((a, b) => a - b);
  return {
    median: median(above) / median(below),
    low: quantileSorted(ratios, TAIL),
    high: quantileSorted(ratios, 1 - TAIL),
  };
}
