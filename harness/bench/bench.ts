import type { Interval } from '../measure/interval.ts';

/** What every bench is given. */
export interface BenchContext {
  /** Processes that are started for a micro-benchmark; each gives one sample of every figure. */
  readonly rounds: number;
  /** Pairs of slices of an interleaved comparison. */
  readonly pairs: number;
  readonly seed: number;
  readonly signal: AbortSignal;
  /** Tells what is being done. */
  readonly onProgress: (text: string) => void;
}

/** One line of a bench: a median with its 95 % interval. */
export interface BenchFigure {
  readonly what: string;
  readonly unit: string;
  readonly value: Interval;
  /** What the interval was made from, in the unit; absent where the figure is not the median of samples. */
  readonly samples?: readonly number[];
}

/** A bar the figures are held against; `met` is null when the interval leaves it open. */
export interface BenchBar {
  readonly text: string;
  readonly met: boolean | null;
  readonly observed: string;
}

export interface BenchOutcome {
  readonly figures: readonly BenchFigure[];
  readonly bars: readonly BenchBar[];
}

/** A benchmark of a part of the server or of the harness. */
export interface Bench {
  /** As it is named on the command line; what comes before a hyphen names a group. */
  readonly name: string;
  /** What it answers, in one line. */
  readonly question: string;
  /** Measures, and checks that what it measured did its work; throws an Error when it did not. */
  readonly run: (context: BenchContext) => Promise<BenchOutcome>;
}
