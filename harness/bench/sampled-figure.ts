import { bootstrapMedian } from '../measure/interval.ts';
import type { BenchFigure } from './bench.ts';

/** The figure of samples that are in its unit. Throws RangeError when there are none. */
export function sampledFigure(what: string, unit: string, samples: readonly number[], seed: number): BenchFigure {
  return { what, unit, value: bootstrapMedian(samples, seed), samples };
}
