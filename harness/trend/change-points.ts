import { seededRandom } from '../measure/seeded-random.ts';

/** Where a series changes: `index` is that of the first value after the change. */
export interface ChangePoint {
  readonly index: number;
  /** Of the permutation test: how often values in any order would show as much. */
  readonly p: number;
}

export interface ChangePointOptions {
  /** A change point is kept when its p is below this. */
  readonly significance: number;
  readonly seed: number;
}

/** Values on either side of a change: with fewer a single odd run would be one. */
const FEWEST_PER_SEGMENT = 3;

/**
 * Finds where a series of independent values changes, in any way, not only in its mean: E-divisive (Matteson and James, JASA
 * 109, 2014), which splits where the energy distance between the two sides is largest, as long as a permutation test finds the
 * split significant. The test shuffles the values within the segments found so far and takes the best split of every shuffle,
 * so it pays for having searched: of series without a change a share of at most `significance` gets a change point. That
 * takes values that are exchangeable; a slow drift of the machine is not, and shows as change.
 */
export function findChangePoints(
  values: readonly number[],
  { significance, seed }: ChangePointOptions,
): readonly ChangePoint[] {
  const random = seededRandom(seed);
  const found: ChangePoint[] = [];
  // Values hardly different by rounding would otherwise make a change out of the last bit.
  const scaled = scaledValues(values);
  for (;;) {
    const segments = segmentsOf(scaled, found);
    const split = bestSplit(segments);
    if (split === undefined) break;
    const p = permutationP(segments, split.energy, significance, random);
    if (p === undefined) break;
    found.push({ index: split.index, p });
  }
  return found.toSorted((a, b) => a.index - b.index);
}

/**
 * The fewest values among which a change can be found: with fewer, so many of the possible orders show as clear a split that
 * none is significant. (The clearest one, all small values first, has a mirror image.)
 */
export function fewestValues(significance: number): number {
  let count = 2 * FEWEST_PER_SEGMENT;
  while (2 / choose(count, Math.floor(count / 2)) >= significance) count += 1;
  return count;
}

function choose(count: number, chosen: number): number {
  let ways = 1;
  for (let i = 1; i <= chosen; i += 1) ways = (ways * (count - chosen + i)) / i;
  return ways;
}

interface Segment {
  readonly from: number;
  readonly values: readonly number[];
}

interface Split {
  readonly index: number;
  readonly energy: number;
}

const ROUNDING = 1e-9;

/** In units of the range, rounded to a billionth of the largest value. */
function scaledValues(values: readonly number[]): readonly number[] {
  const largest = Math.max(...values.map(Math.abs));
  return largest === 0 ? values : values.map((value) => Math.round(value / largest / ROUNDING) * ROUNDING);
}

function segmentsOf(values: readonly number[], found: readonly ChangePoint[]): readonly Segment[] {
  const starts = [0, ...found.map(({ index }) => index).toSorted((a, b) => a - b)];
  return starts.map((from, i) => ({ from, values: values.slice(from, starts[i + 1] ?? values.length) }));
}

function bestSplit(segments: readonly Segment[]): Split | undefined {
  let best: Split | undefined;
  for (const segment of segments) {
    const split = splitSegment(segment);
    if (split !== undefined && split.energy > (best?.energy ?? 0)) best = split;
  }
  return best;
}

/**
 * The split with the largest energy statistic mn/(m+n) · (2·between − within − within). One pass: when a value moves from the right side
 * to the left, only its own distances change sides.
 */
function splitSegment({ from, values }: Segment): Split | undefined {
  const count = values.length;
  if (count < 2 * FEWEST_PER_SEGMENT) return undefined;
  let within = 0;
  let between = 0;
  let rest = 0;
  for (let i = 0; i < count; i += 1) {
    for (let j = i + 1; j < count; j += 1) rest += Math.abs((values[i] ?? 0) - (values[j] ?? 0));
  }
  let best: Split | undefined;
  for (let moved = 0; moved < count - FEWEST_PER_SEGMENT; moved += 1) {
    const value = values[moved] ?? 0;
    let toLeft = 0;
    let toRight = 0;
    for (let i = 0; i < moved; i += 1) toLeft += Math.abs(value - (values[i] ?? 0));
    for (let i = moved + 1; i < count; i += 1) toRight += Math.abs(value - (values[i] ?? 0));
    within += toLeft;
    between += toRight - toLeft;
    rest -= toRight;
    const left = moved + 1;
    const right = count - left;
    if (left < FEWEST_PER_SEGMENT) continue;
    const distance =
      (2 * between) / (left * right) - (2 * within) / (left * (left - 1)) - (2 * rest) / (right * (right - 1));
    const energy = ((left * right) / count) * distance;
    if (energy > (best?.energy ?? Number.NEGATIVE_INFINITY)) best = { index: from + left, energy };
  }
  return best;
}

/** p of this energy; undefined as soon as it is sure to be not below the significance. */
function permutationP(
  segments: readonly Segment[],
  energy: number,
  significance: number,
  random: () => number,
): number | undefined {
  const shuffles = Math.ceil(SHUFFLES_PER_SIGNIFICANCE / significance) - 1;
  let asLarge = 1;
  for (let shuffle = 0; shuffle < shuffles; shuffle += 1) {
    const shuffled = segments.map(({ from, values }) => ({ from, values: shuffledValues(values, random) }));
    if ((bestSplit(shuffled)?.energy ?? 0) >= energy * (1 - ROUNDING)) asLarge += 1;
    if (asLarge / (shuffles + 1) >= significance) return undefined;
  }
  return asLarge / (shuffles + 1);
}

/** The smallest p that so many shuffles can show is a tenth of the significance, so that the luck of the shuffles decides little. */
const SHUFFLES_PER_SIGNIFICANCE = 10;

/** Fisher and Yates. */
function shuffledValues(values: readonly number[], random: () => number): readonly number[] {
  const shuffled = [...values];
  for (let i = shuffled.length - 1; i > 0; i -= 1) {
    const j = Math.floor(random() * (i + 1));
    [shuffled[i], shuffled[j]] = [shuffled[j] ?? 0, shuffled[i] ?? 0];
  }
  return shuffled;
}
