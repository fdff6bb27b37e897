import { type Interval, ratioOfMedians } from '../measure/interval.ts';
import type { BenchFigure } from './bench.ts';

/** What a comparison of two runs says of a figure; `no difference shown` when the interval of the ratio holds 1. */
type Difference = 'faster' | 'slower' | 'smaller' | 'larger' | 'no difference shown';

/** A figure of two runs. */
export interface ComparedFigure {
  readonly figure: BenchFigure;
  /** As it was saved. */
  readonly before: BenchFigure;
  /** The ratio of now to before with its 95 % interval, and what it says; or the reason why there is none. */
  readonly compared: { readonly ratio: Interval; readonly difference: Difference } | { readonly missing: string };
}

/**
 * With fewer samples an interval of 95 % holds less than that: of two arms that were the same, 10 % of the ratios of 3
 * samples a side excluded 1, and 3 to 5 % of those of 5, 7 and 10 (600 simulated pairs each, normal and skewed).
 */
const LEAST_SAMPLES = 5;

/** Compares a figure with the same one of an earlier run, sample by sample unpaired. */
export function compareFigure(figure: BenchFigure, before: BenchFigure, seed: number): ComparedFigure {
  return { figure, before, compared: compareSamples(figure, before.samples, seed) };
}

function compareSamples(
  { unit, samples: now }: BenchFigure,
  before: BenchFigure['samples'],
  seed: number,
): ComparedFigure['compared'] {
  if (now === undefined || before === undefined) return { missing: 'it is not the median of samples' };
  const fewest = Math.min(now.length, before.length);
  if (fewest < LEAST_SAMPLES) return { missing: `it needs ${LEAST_SAMPLES} samples a side and has ${fewest}` };
  const ratio = ratioOfMedians(now, before, seed);
  return { ratio, difference: differenceOf(ratio, unit) };
}

function differenceOf({ low, high }: Interval, unit: string): Difference {
  if (low <= 1 && high >= 1) return 'no difference shown';
  const isMore = low > 1;
  if (unit === 'MB') return isMore ? 'larger' : 'smaller';
  const isRate = unit.endsWith('/s');
  return isMore === isRate ? 'faster' : 'slower';
}
