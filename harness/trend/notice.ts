import { median } from 'simple-statistics';
import { type ChangePointOptions, findChangePoints } from './change-points.ts';
import type { TrendPoint, TrendSeries } from './trend-series.ts';

/** A change of a figure that is not chance, between two stretches of runs. */
export interface TrendNotice {
  readonly scenario: string;
  readonly arm: string;
  readonly figure: string;
  readonly unit: string;
  /** Medians of the runs before, back to the change before that, and from it on, up to the next. */
  readonly before: number;
  readonly after: number;
  /** after / before − 1; infinite when there was nothing before. */
  readonly change: number;
  readonly isWorse: boolean;
  /** The first run with the change. */
  readonly since: TrendPoint;
  /** Runs in the two stretches. */
  readonly runsBefore: number;
  readonly runsAfter: number;
  readonly p: number;
}

export interface NoticeOptions extends ChangePointOptions {
  /** Smaller changes, as a share, are not worth a notice, however certain: costs are known to a ten-thousandth. */
  readonly atLeast: number;
}

/** The changes of a series. */
export function noticesOf(series: TrendSeries, { atLeast, ...options }: NoticeOptions): readonly TrendNotice[] {
  const values = series.points.map(({ value }) => value);
  const found = findChangePoints(values, options);
  return found.flatMap(({ index, p }, i): readonly TrendNotice[] => {
    const stretchBefore = values.slice(found[i - 1]?.index ?? 0, index);
    const stretchAfter = values.slice(index, found[i + 1]?.index ?? values.length);
    const since = series.points[index];
    const [before, after] = [median(stretchBefore), median(stretchAfter)];
    const change = after / before - 1;
    // From nothing to something is infinite, from nothing to nothing (only the spread changed) no number.
    if (since === undefined || !(Math.abs(change) >= atLeast)) return [];
    const { scenario, arm, figure, unit, better } = series;
    const isWorse = better === 'higher' ? after < before : after > before;
    const runs = { runsBefore: stretchBefore.length, runsAfter: stretchAfter.length };
    return [{ scenario, arm, figure, unit, before, after, change, isWorse, since, ...runs, p }];
  });
}
