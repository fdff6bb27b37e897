import { createHash } from 'node:crypto';
import { median } from 'simple-statistics';

/** How fast the machine itself was, at one moment: kilobytes hashed in a millisecond. */
export type CanaryRate = number;

const ROUNDS = 40;
const BEST_SHARE = 0.25;
const WORK = Buffer.alloc(256 * 1024, 1);

/** Between blocks the machine may be so much faster or slower than it usually is. */
export const CANARY_LIMIT = 0.1;

/**
 * Does a fixed piece of work some times over, and tells how fast the faster quarter was: other programs make some of them slow,
 * but a clock that was turned down, or a neighbour on the same core, all. Native code, because JavaScript that was not run for a
 * minute is no longer optimised: it read 90 % slower on the same machine. Takes some 20 ms.
 */
export function readCanary(): CanaryRate {
  const rates = Array.from({ length: ROUNDS }, () => {
    const startedMs = performance.now();
    createHash('sha256').update(WORK).digest();
    return WORK.length / 1024 / (performance.now() - startedMs);
  }).toSorted((a, b) => b - a);
  return rates[Math.floor(ROUNDS * BEST_SHARE)] ?? 0;
}

/** How far a rate is from the median of those before, as a share; 0 when there are none. */
export function canaryShift(rate: CanaryRate, before: readonly CanaryRate[]): number {
  return before.length === 0 ? 0 : rate / median([...before]) - 1;
}
