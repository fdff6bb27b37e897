import type { StoredResult } from '../report/stored-result.ts';

/** A report folder with the result of a run in it; runs of defects have no figures to compare. */
export type StoredRun = Extract<StoredResult, { readonly kind: 'run' }>;

/** One of the two runs. */
export interface Side {
  readonly folder: string;
  readonly scenario: string;
  readonly startedAt: string;
  readonly verdict: string;
  readonly git: string;
}

/** Something that is not the same on both sides, in words. */
export interface Difference {
  readonly name: string;
  readonly before: string;
  readonly after: string;
  /** Whether figures can be compared all the same: a commit may differ, a processor may not. */
  readonly isHarmless: boolean;
}

/**
 * How a figure changed: `better` and `worse` when the interval of the ratio leaves out 1, `open` when it does not, and
 * `unknown` when there is no interval, or one of too few rounds.
 */
export type Change = 'better' | 'worse' | 'open' | 'unknown';

/** A figure of an arm on both sides. */
export interface ComparedFigure {
  /** As in result.json, with its unit: `throughputMsgPerS`, `ceilingFraction`, `latencyP50Us`, or the key of a cost. */
  readonly name: string;
  readonly title: string;
  readonly better: 'higher' | 'lower';
  /** Null where there is none on that side. */
  readonly before: number | null;
  readonly after: number | null;
  /** After / before; null without both, or where the load generator was the limit. */
  readonly ratio: number | null;
  /** 95 % interval of the ratio; null where the noise is not known. */
  readonly interval: { readonly low: number; readonly high: number } | null;
  readonly change: Change;
}

/** An arm that both runs have. */
export interface ComparedArm {
  readonly name: string;
  readonly parameters: readonly Difference[];
  /** Why a side has no figure; null when it has. */
  readonly noFigure: { readonly before: string | null; readonly after: string | null };
  /** Sides on which the load generator was the limit: their figure is the least that the server can do. */
  readonly isLowerBound: { readonly before: boolean; readonly after: boolean };
  readonly figures: readonly ComparedFigure[];
}

/** A verdict that is not the same on both sides; null where there is none. */
export interface ChangedVerdict {
  /** Arm and check, or the text of an expectation. */
  readonly of: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** Two runs side by side. */
export interface Comparison {
  readonly before: Side;
  readonly after: Side;
  readonly environment: readonly Difference[];
  readonly question: readonly Difference[];
  readonly arms: readonly ComparedArm[];
  readonly onlyBefore: readonly string[];
  readonly onlyAfter: readonly string[];
  readonly checks: readonly ChangedVerdict[];
  readonly expectations: readonly ChangedVerdict[];
  /** What the reader has to know to believe the figures. */
  readonly notes: readonly string[];
}

/** Those of the differences that keep figures from being compared. */
export function obstacles({ environment, question, arms }: Comparison): readonly Difference[] {
  const ofArms = arms.flatMap(({ name, parameters }) =>
    parameters.map((difference) => ({ ...difference, name: `${name}: ${difference.name}` })),
  );
  return [...environment, ...question, ...ofArms].filter(({ isHarmless }) => !isHarmless);
}
