import type { SweepPoint } from '../measure/knee.ts';
import { figureOfArm } from '../report/arm-figure.ts';
import type { ArmResult, CheckRecord } from '../report/result.ts';
import { durationToMs } from '../scenario/duration.ts';
import type { Arm } from '../scenario/scenario.ts';

/** A numeric parameter in three values at least, and what was reached at each. */
export interface Sweep {
  /** Dotted, `server.poolSize`. */
  readonly key: string;
  /** One for each value of the word that is varied beside it, in the order of the arms; one alone when none is. */
  readonly lines: readonly SweepLine[];
}

export interface SweepLine {
  /** `push`; empty when there is one line alone. */
  readonly word: string;
  /** By x, at least two. */
  readonly points: readonly MeasuredPoint[];
  /** Values with which the server would not start. */
  readonly refused: readonly PlacedArm[];
}

/** Where an arm stands in a sweep; durations are milliseconds. */
interface PlacedArm {
  readonly x: number;
  readonly arm: ArmResult;
}

type MeasuredPoint = SweepPoint & PlacedArm;

/** Two values are a comparison. */
const LEAST_VALUES = 3;

/**
 * The sweep that these arms make: they differ in one numeric parameter and at most one word, in closed loops (an open one
 * reaches the rate it is told). What follows from these two, such as a warm-up for every route, does not count. Pool
 * sizes are placed at the connections they allow.
 *
 * Undefined for any other scenario, and when an arm has no figure though it was not refused.
 */
export function sweepOf(
  arms: readonly Arm[],
  results: readonly ArmResult[],
  checks: readonly CheckRecord[],
): Sweep | undefined {
  const keys = subjectsOf(arms);
  const [key, ...furtherKeys] = keys.filter((subject) => arms.every((arm) => Number.isFinite(numberAt(arm, subject))));
  const words = keys.filter((subject) => subject !== key);
  if (key === undefined || furtherKeys.length > 0 || words.length > 1) return undefined;
  if (arms.some(({ load }) => load.model !== 'closed')) return undefined;
  const placed = arms.flatMap((arm) => {
    const result = results.find(({ name }) => name === arm.name);
    const budget = key === 'server.poolSize' ? (result?.connections.budget ?? undefined) : undefined;
    const word = words.map((subject) => wordAt(arm, subject)).join('');
    return result === undefined ? [] : [{ word, x: budget ?? numberAt(arm, key), arm: result }];
  });
  const isComplete = placed.length === arms.length && placed.every(({ arm }) => isSettled(arm, checks));
  const values = new Set(placed.map(({ x }) => x)).size;
  if (
    !isComplete ||
    values < LEAST_VALUES ||
    new Set(placed.map(({ word, x }) => `${x} ${word}`)).size < placed.length
  ) {
    return undefined;
  }
  const lines = [...Map.groupBy(placed, ({ word }) => word)].map(([word, own]) => lineOf(word, own));
  return lines.every(({ points }) => points.length > 1) ? { key, lines } : undefined;
}

/** The varied keys, less those that follow from the ones before them. */
function subjectsOf(arms: readonly Arm[]): readonly string[] {
  const subjects: string[] = [];
  for (const key of Object.keys(arms[0]?.varied ?? {})) {
    const byOthers = Map.groupBy(arms, (arm) => textAt(arm, subjects));
    const follows = [...byOthers.values()].every((alike) => new Set(alike.map((arm) => textAt(arm, [key]))).size === 1);
    if (!follows) subjects.push(key);
  }
  return subjects;
}

function textAt({ varied }: Arm, keys: readonly string[]): string {
  return JSON.stringify(keys.map((key) => varied[key] ?? null));
}

/** NaN for what is neither a number nor a duration. */
function numberAt({ varied }: Arm, key: string): number {
  const value = varied[key];
  if (typeof value === 'number') return value;
  try {
    return durationToMs(String(value));
  } catch (error) {
    if (error instanceof RangeError) return Number.NaN;
    throw error;
  }
}

function wordAt({ varied }: Arm, key: string): string {
  const value = varied[key];
  return typeof value === 'string' ? value : `${key}=${JSON.stringify(value)}`;
}

/** With a figure of every round, or refused. A rate of 0 has no ratio. */
function isSettled(arm: ArmResult, checks: readonly CheckRecord[]): boolean {
  if (arm.refused !== null) return true;
  return figureOfArm(arm, checks).kind === 'figure' && arm.throughputByRound.every((rate) => (rate ?? 0) > 0);
}

function lineOf(word: string, placed: readonly PlacedArm[]): SweepLine {
  const byX = placed.toSorted((a, b) => a.x - b.x);
  const points = byX
    .filter(({ arm }) => arm.refused === null)
    .map(({ x, arm }) => ({ x, arm, byRound: arm.throughputByRound.filter((rate) => rate !== null) }));
  return { word, points, refused: byX.filter(({ arm }) => arm.refused !== null).map(({ x, arm }) => ({ x, arm })) };
}
