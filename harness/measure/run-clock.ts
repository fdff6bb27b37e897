import type { RunClock } from '../history/run-clock.ts';
import { monotonicUs } from './monotonic-clock.ts';

/** Now, on both clocks. */
export function runClock(): RunClock {
  return { monotonicUs: monotonicUs(), epochMs: Date.now() };
}
