import { mean, sampleStandardDeviation } from 'simple-statistics';
import { tQuantile, tTail } from '../measure/distributions.ts';
import { seededRandom } from '../measure/seeded-random.ts';
import { blockCount } from './block-count.ts';
import type { MetricSamples, PairedBlock } from './metric-samples.ts';

/**
 * What blocks tell of a metric: the logarithms of candidate / base, one a block. A block is the unit, never a slice, a second or a
 * request: those of one pair of processes share the luck of these processes.
 */
export interface LogRatios {
  readonly values: readonly number[];
  readonly mean: number;
  readonly sd: number;
}

/** The log ratios, or one sentence that says why there are none to judge by. */
export function logRatiosOf({ blocks }: MetricSamples, fewest: number): LogRatios | string {
  if (blocks.length < fewest) return `${blockCount(blocks.length)}, of at least ${fewest}`;
  const bad = blocks.findIndex(({ base, candidate }) => !isPositive(base) || !isPositive(candidate));
  const { base, candidate } = blocks[bad] ?? {};
  if (bad >= 0) return `block ${bad + 1} has ${base} of base and ${candidate} of candidate: there is no ratio of these`;
  const baseLeads = blocks.filter(({ lead }) => lead === 'base').length;
  if (Math.abs(2 * baseLeads - blocks.length) > 1) {
    return `base led ${baseLeads} of ${blocks.length} blocks: which version is measured first has to be balanced`;
  }
  const values = blocks.map(logRatio);
  return { values, mean: mean(values), sd: sampleStandardDeviation(values) };
}

function isPositive(value: number): boolean {
  return Number.isFinite(value) && value > 0;
}

function logRatio({ base, candidate }: PairedBlock): number {
  return Math.log(candidate / base);
}

/** Below this sum of rounding errors every sign assignment is as extreme as the observed one. */
const ROUNDING = 1e-12;
/** All 2^n assignments of signs are tried up to here; as many additions as the draws beyond it take. */
const MOST_EXACT = 15;
const DRAWS = 2_000;
const DRAW_SEED = 7;

/**
 * Two-sided p of "no change" by flipping signs: how often the sum of the log ratios is as far from 0 as it is when each could
 * have had the other sign. Exact up to 15 blocks, above from 2,000 draws.
 */
export function signFlipP(values: readonly number[]): number {
  const observed = Math.abs(values.reduce((sum, value) => sum + value, 0)) - ROUNDING;
  return values.length <= MOST_EXACT ? exactFlips(values, observed) : drawnFlips(values, observed);
}

/** In the order of the Gray code, where one sign changes at a time. */
function exactFlips(values: readonly number[], observed: number): number {
  const signs = values.map(() => 1);
  const all = 2 ** values.length;
  let sum = values.reduce((total, value) => total + value, 0);
  let extreme = 1;
  for (let step = 1; step < all; step += 1) {
    const flipped = 31 - Math.clz32(step & -step);
    const sign = -(signs[flipped] ?? 0);
    signs[flipped] = sign;
    sum += 2 * sign * (values[flipped] ?? 0);
    if (Math.abs(sum) >= observed) extreme += 1;
  }
  return extreme / all;
}

function drawnFlips(values: readonly number[], observed: number): number {
  const random = seededRandom(DRAW_SEED);
  let extreme = 1;
  for (let draw = 0; draw < DRAWS; draw += 1) {
    const sum = values.reduce((total, value) => total + (random() < 0.5 ? value : -value), 0);
    if (Math.abs(sum) >= observed) extreme += 1;
  }
  return extreme / (DRAWS + 1);
}

/** Two-sided p below which the order of measuring is said to matter; it only explains, so one in a hundred may be chance. */
const ORDER_MATTERS_P = 0.01;

/** What being measured first did to the ratio; undefined when it cannot be told from chance. */
export interface LeadEffect {
  /** candidate / base in the blocks that base led, and in those that the candidate led. */
  readonly baseFirst: number;
  readonly candidateFirst: number;
  readonly p: number;
}

/** By a t test with pooled variance between the blocks of either lead. */
export function leadEffect(blocks: readonly PairedBlock[]): LeadEffect | undefined {
  const [first, second] = (['base', 'candidate'] as const).map((lead) =>
    blocks.filter((block) => block.lead === lead).map(logRatio),
  );
  if (first === undefined || second === undefined || first.length < 2 || second.length < 2) return undefined;
  const difference = mean(first) - mean(second);
  const degrees = first.length + second.length - 2;
  const pooled = Math.sqrt((squares(first) + squares(second)) / degrees);
  const error = pooled * Math.sqrt(1 / first.length + 1 / second.length);
  const p = 2 * tTail(Math.abs(difference) / error, degrees);
  // A difference of rounding errors between blocks that are all alike is none.
  if (!(p < ORDER_MATTERS_P) || Math.abs(difference) < ROUNDING) return undefined;
  return { baseFirst: Math.exp(mean(first)), candidateFirst: Math.exp(mean(second)), p };
}

function squares(values: readonly number[]): number {
  const centre = mean([...values]);
  return values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
}

/** The plain 95 % t interval of the ratio. */
export function interval95({ values, mean: centre, sd }: LogRatios): { readonly low: number; readonly high: number } {
  const half = (tQuantile(0.975, values.length - 1) * sd) / Math.sqrt(values.length);
  return { low: Math.exp(centre - half), high: Math.exp(centre + half) };
}
