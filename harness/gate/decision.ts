import type { GateMetric, MetricSamples } from './metric-samples.ts';

/** How a gate judges. Shares, not percent: 0.03 is 3 %. */
export interface GateRule {
  /** A loss of speed below this fails nobody's build, however certain it is. */
  readonly margin: number;
  /** A pass has to exclude a loss of speed of this size. */
  readonly tolerated: number;
  /** The same two for costs, which hardly vary: an increase of the cost. */
  readonly costMargin: number;
  readonly costTolerated: number;
  /** Numbers of blocks at which the gate looks, ascending; the last is the most it will run before confirmation. */
  readonly looks: readonly number[];
  /** Chance that a family of metrics, none of which lost more than its margin, fails the gate; confirmation included. */
  readonly falseAlarm: number;
  /** Chance of the confirmation round alone to agree with a false alarm; the first round gets falseAlarm / this. */
  readonly confirmationLevel: number;
  /** Chance to pass a metric that lost as much as is tolerated. */
  readonly missedLoss: number;
  /** Fewest new blocks of the confirmation round. */
  readonly confirmationBlocks: number;
  /** What was planned to be measured: one of it without samples is never a pass. */
  readonly required: readonly RequiredMetric[];
  /** To say how long more blocks would take; null when it is not known. */
  readonly minutesPerBlock: number | null;
}

export interface RequiredMetric {
  readonly arm: string;
  /** `GateMetric.name`. */
  readonly metric: string;
}

export type GateVerdict = 'pass' | 'fail' | 'inconclusive';

/** What is known of one metric of one arm. */
export interface MetricDecision {
  readonly arm: string;
  readonly metric: GateMetric;
  readonly verdict: GateVerdict;
  /** One sentence with the figures. */
  readonly reason: string;
  /** Blocks that were judged. */
  readonly blocks: number;
  /**
   * candidate / base: geometric mean over blocks, and the interval the verdict was read from, at the levels the rule
   * grants this look and this metric. Null when nothing could be judged. `low` and `high` are the ends of the ratio,
   * whichever way is worse.
   */
  readonly ratio: { readonly estimate: number; readonly low: number; readonly high: number } | null;
  /** The ratio's plain 95 % t interval, for readers; no verdict is read from it. */
  readonly interval95: { readonly low: number; readonly high: number } | null;
  /** Standard deviation of the blocks' log ratios, about that of the ratio in shares; null below two blocks. */
  readonly blockSd: number | null;
  /** Two-sided p of the sign-flip permutation test of "no change": needs no normal distribution, knows no margin. */
  readonly signFlipP: number | null;
  /** Further blocks until this metric could probably be decided; 0 when it is, null when it cannot be told. */
  readonly neededBlocks: number | null;
}

/** The answer of the gate. */
export interface GateDecision {
  /** Never `fail` before a fresh round confirmed it: until then `inconclusive`, with `needsConfirmation`. */
  readonly verdict: GateVerdict;
  /** The first round found a loss (metrics with verdict `fail`): run `confirmationBlocks` new blocks, then `confirm`. */
  readonly needsConfirmation: boolean;
  /** Blocks to run for the confirmation; 0 when none is needed. */
  readonly confirmationBlocks: number;
  /** The worst first: fail, inconclusive, pass. */
  readonly metrics: readonly MetricDecision[];
  /** Why, each a sentence; what the reader must know even of a pass, such as an effect of the order. */
  readonly reasons: readonly string[];
  /** Further blocks until a decision is likely; null when decided, or when it cannot be told. */
  readonly needsAboutBlocks: number | null;
  /** Number of blocks of the next look; null at the last one, or when decided. */
  readonly nextLook: number | null;
}

/** 3 % margin, 10 % tolerated, looks at 6, 10, 16 and 24 blocks, 0.5 % false alarms. */
export const DEFAULT_RULE: Omit<GateRule, 'required' | 'minutesPerBlock'> = Object.freeze({
  margin: 0.03,
  tolerated: 0.1,
  costMargin: 0.02,
  costTolerated: 0.05,
  looks: Object.freeze([6, 10, 16, 24]),
  falseAlarm: 0.005,
  confirmationLevel: 0.1,
  missedLoss: 0.05,
  confirmationBlocks: 6,
});

/** Judges all blocks so far. Call it at each of the rule's looks, or once when the time is up. */
export function decide(_samples: readonly MetricSamples[], _rule: GateRule): GateDecision {
  throw new Error('not there yet');
}

/** Judges a suspicion of `first` by fresh blocks alone: none of those that `first` saw may be among them. */
export function confirm(_first: GateDecision, _fresh: readonly MetricSamples[], _rule: GateRule): GateDecision {
  throw new Error('not there yet');
}
