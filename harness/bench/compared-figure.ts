import { type Interval, ratioOfMedians } from '../measure/interval.ts';
import type { BenchFigure } from './bench.ts';

/** What a comparison of two runs says of a figure; `no difference shown` when the interval of the ratio holds 1. */
type Difference = 'faster' | 'slower' | 'smaller' | 'larger' | 'no difference shown';

/** A figure of two runs. */
export interface ComparedFigure {
  readonly figure: BenchFigure;
  /** As it was saved. */
  readonly before: BenchFigure;
  /** Now to before with its 95 % interval, or the reason why there is none. */
  readonly ratio: Interval | { readonly missing: string };
  readonly difference: Difference | undefined;
}

/**
 * With fewer samples an interval of 95 % holds less than that: of two arms that were the same, 10 % of the ratios of 3
 * samples a side excluded 1, and 3 to 5 % of those of 5, 7 and 10 (600 simulated pairs each, normal and skewed).
 */
const LEAST_SAMPLES = 5;

/** Compares a figure with the same one of an earlier run, sample by sample unpaired. */
export function compareFigure(figure: BenchFigure, before: BenchFigure, seed: number): ComparedFigure {
  const now = figure.samples ?? [];
  const then = before.samples ?? [];
  const fewest = Math.min(now.length, then.length);
  if (figure.samples === undefined || before.samples === undefined) {
    return { figure, before, ratio: { missing: 'has no samples of its own' }, difference: undefined };
  }
  if (fewest < LEAST_SAMPLES) {
    const missing = `needs ${LEAST_SAMPLES} samples a side, has ${fewest}`;
    return { figure, before, ratio: { missing }, difference: undefined };
  }
  const ratio = ratioOfMedians(now, then, seed);
  return { figure, before, ratio, difference: differenceOf(ratio, figure.unit) };
}

function differenceOf({ low, high }: Interval, unit: string): Difference {
  if (low <= 1 && high >= 1) return 'no difference shown';
  const isMore = low > 1;
  if (unit === 'MB') return isMore ? 'larger' : 'smaller';
  const isRate = unit.endsWith('/s');
  return isMore === isRate ? 'faster' : 'slower';
}
