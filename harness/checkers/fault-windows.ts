import type { FaultRecord } from '../history/fault-record.ts';
import type { RunClock } from '../history/run-clock.ts';
import { type Excuse, excuseOf, RECOVERY_MS } from './excuses.ts';

/** Clocks are read one after the other, and logs round to the millisecond. */
const CLOCK_SLACK_US = 50_000;

interface Window {
  readonly fromUs: number;
  readonly toUs: number;
}

/** Times in which something is excused, on the monotonic clock in microseconds; windows that touch are one. */
export class FaultWindows {
  readonly #windows: readonly Window[];

  constructor(windows: readonly Window[]) {
    const merged: Window[] = [];
    for (const window of windows.toSorted((a, b) => a.fromUs - b.fromUs)) {
      const last = merged.at(-1);
      if (last === undefined || window.fromUs > last.toUs) merged.push(window);
      else merged[merged.length - 1] = { fromUs: last.fromUs, toUs: Math.max(last.toUs, window.toUs) };
    }
    this.#windows = merged;
  }

  /** Whether all of a stretch lies in them. */
  cover(fromUs: number, toUs: number): boolean {
    return this.#windows.some((window) => fromUs >= window.fromUs && toUs <= window.toUs);
  }

  /** Whether any of a stretch lies in them. */
  touch(fromUs: number, toUs: number): boolean {
    return this.#windows.some((window) => fromUs <= window.toUs && toUs >= window.fromUs);
  }

  /** How much of a stretch lies outside. */
  uncoveredUs(fromUs: number, toUs: number): number {
    const covered = this.#windows.reduce(
      (sum, window) => sum + Math.max(0, Math.min(toUs, window.toUs) - Math.max(fromUs, window.fromUs)),
      0,
    );
    return toUs - fromUs - covered;
  }
}

/** When the faults excuse what `excuses` picks. */
export function windowsExcusing(faults: readonly FaultRecord[], excuses: (excuse: Excuse) => boolean): FaultWindows {
  return new FaultWindows(faults.filter((fault) => excuses(excuseOf(fault))).map(windowOf));
}

/** From the intent until the server has had its time to recover; a fault that never healed lasts to the end. */
export function windowOf({ invokedUs, healedUs }: FaultRecord): Window {
  const toUs = healedUs === undefined ? Number.POSITIVE_INFINITY : healedUs + RECOVERY_MS * 1000;
  return { fromUs: invokedUs - CLOCK_SLACK_US, toUs };
}

/** The moment on the monotonic clock that a log calls `epochMs`. */
export function monotonicUsOf(clock: RunClock, epochMs: number): number {
  return clock.monotonicUs + (epochMs - clock.epochMs) * 1000;
}
