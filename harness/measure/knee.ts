import { median } from 'simple-statistics';
import { bootstrapMedian, ratiosByRound } from './interval.ts';

/** What was reached at one value of a swept parameter. */
export interface SweepPoint {
  readonly x: number;
  /** Rates, one for each round, in their order; above zero. */
  readonly byRound: readonly number[];
}

/** One point beside the best one. */
interface SharePoint {
  readonly x: number;
  /** Of the best, in paired rounds; 1 for the best itself. */
  readonly share: number;
  /** Its interval reaches that of the best. */
  readonly overlaps: boolean;
  /** Reaches {@link ENOUGH} of the best, or cannot be told from it. */
  readonly isAsGood: boolean;
}

/**
 * Where a parameter stops to pay. Of equal values the best is the one that was lucky, and some of the others are then
 * unlucky enough to look less good: a value between is a gap only when it is clearly less, and one whose interval overlaps is
 * as good. Under noise of 3 % in three rounds a knee was found where it was in 90 % of trials; it was 71 % when every value
 * was a gap whose paired ratio to the best stayed below 1.
 */
export interface Knee {
  readonly best: number;
  /** Median of its rounds. */
  readonly bestRate: number;
  /** The smallest and the largest value that are as good, with none between them and the best that is clearly less. */
  readonly from: number;
  readonly to: number;
  /** Beyond what is clearly less there are values as good again: this is noise, or no curve that has a knee. */
  readonly isUneven: boolean;
  /** By x. */
  readonly points: readonly SharePoint[];
}

/** This share of the best is as good as the best. */
export const ENOUGH = 0.98;

/**
 * Less than this is clearly less, however wide the noise: with three rounds, in one of which everything was slow, nearly
 * anything could not be told from the best.
 */
const LEAST = 0.9;

/**
 * Finds the best point and those around it that are as good: a share of 98 % of the best, or one of 90 % whose interval
 * overlaps that of the best. Shares are of paired rounds, so that what a round suffered as a whole does not count;
 * intervals are those of the medians, as the tables show them. With one round they have no width, and the share alone
 * decides.
 *
 * Undefined with less than two points. Throws RangeError when they do not have the same number of rounds.
 */
export function kneeOf(points: readonly SweepPoint[], seed: number): Knee | undefined {
  const reached = points
    .map((point) => ({ ...point, interval: bootstrapMedian(point.byRound, seed) }))
    .sort((a, b) => a.x - b.x);
  const [best] = reached.toSorted((a, b) => b.interval.median - a.interval.median);
  if (best === undefined || reached.length < 2) return undefined;
  const shares = reached.map((point): SharePoint => {
    const share = median([...ratiosByRound(point.byRound, best.byRound)]);
    const overlaps = point.interval.high >= best.interval.low;
    return { x: point.x, share, overlaps, isAsGood: share >= ENOUGH || (share >= LEAST && overlaps) };
  });
  const at = reached.indexOf(best);
  const below = shares.slice(0, at).findLastIndex(isClearlyLess);
  const above = shares.findIndex((point, index) => index > at && isClearlyLess(point));
  const asGood = shares.slice(below + 1, above === -1 ? undefined : above).filter(({ isAsGood }) => isAsGood);
  const [from = best, to = best] = [asGood[0], asGood.at(-1)];
  const isUneven = shares.some((point) => point.isAsGood && !asGood.includes(point));
  return { best: best.x, bestRate: best.interval.median, from: from.x, to: to.x, isUneven, points: shares };
}

function isClearlyLess({ share }: SharePoint): boolean {
  return share < LEAST;
}
