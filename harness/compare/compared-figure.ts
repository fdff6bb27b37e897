import { ratioOfMedians } from '../measure/interval.ts';
import type { Change, ComparedFigure } from './comparison.ts';

/** A figure on one side: what the report says, and round by round where that is known. */
export interface SideFigure {
  readonly value: number | null;
  readonly byRound: readonly number[];
}

/** What is compared. */
export type FigureTitle = Pick<ComparedFigure, 'name' | 'title' | 'better'>;

/** Resampling is random, and the same two runs always have the same interval. */
const SEED = 1;

/** One round says nothing of the noise between rounds. */
const LEAST_ROUNDS = 2;

/**
 * Rounds on each side from which on a change can be told from chance: of two sides of three rounds, one lies wholly above the other
 * in 2 of 20 orders by chance alone, of two of four in 2 of 70.
 */
export const ROUNDS_TO_TELL = 4;

/**
 * Sets a figure of two runs side by side. They were measured apart, so each side is resampled by itself; with one round on a
 * side there is a ratio, and no interval. `isBound`: on some side it is only a lower bound, and a ratio would say nothing.
 */
export function compareFigure(
  title: FigureTitle,
  before: SideFigure,
  after: SideFigure,
  isBound: boolean,
): ComparedFigure {
  const values = { before: before.value, after: after.value };
  const none = { ratio: null, interval: null, change: 'unknown' } as const;
  if (isBound || before.value === null || after.value === null) return { ...title, ...values, ...none };
  if (!(before.value > 0) || !(after.value > 0)) return { ...title, ...values, ...none };
  const ratio = after.value / before.value;
  const rounds = [before.byRound, after.byRound];
  const isNoiseKnown = rounds.every((byRound) => byRound.length >= LEAST_ROUNDS && byRound.every((value) => value > 0));
  if (!isNoiseKnown) return { ...title, ...values, ratio, interval: null, change: 'unknown' };
  const { low, high } = ratioOfMedians(after.byRound, before.byRound, SEED);
  const isTold = rounds.every((byRound) => byRound.length >= ROUNDS_TO_TELL);
  const change = isTold ? changeOf(low, high, title.better) : 'unknown';
  return { ...title, ...values, ratio, interval: { low, high }, change };
}

function changeOf(low: number, high: number, better: ComparedFigure['better']): Change {
  if (low <= 1 && high >= 1) return 'open';
  return low > 1 === (better === 'higher') ? 'better' : 'worse';
}
