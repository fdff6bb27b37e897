import { median } from 'simple-statistics';

/** How fast the machine itself was, at one moment: rounds of a fixed piece of work in a millisecond. */
export type CanaryRate = number;

const SPINS = 24;
const SPIN_ROUNDS = 200_000;
const BEST_SHARE = 0.25;

/** Between blocks the machine may be so much faster or slower than it usually is. */
export const CANARY_LIMIT = 0.1;

/**
 * Does a fixed piece of arithmetic some times over, and tells how fast the faster quarter was: other programs make some of
 * them slow, but a clock that was turned down, or a neighbour on the same core, all. Takes some 20 ms.
 */
export function readCanary(): CanaryRate {
  const rates = Array.from({ length: SPINS }, () => {
    const startedMs = performance.now();
    spin();
    return SPIN_ROUNDS / (performance.now() - startedMs);
  }).toSorted((a, b) => b - a);
  return rates[Math.floor(SPINS * BEST_SHARE)] ?? 0;
}

/** How far a rate is from the median of those before, as a share; 0 when there are none. */
export function canaryShift(rate: CanaryRate, before: readonly CanaryRate[]): number {
  return before.length === 0 ? 0 : rate / median([...before]) - 1;
}

function spin(): void {
  let state = 1;
  for (let round = 0; round < SPIN_ROUNDS; round += 1) state = (Math.imul(state, 1_103_515_245) + 12_345) | 0;
  // Work whose result nobody sees would be left out.
  if (state === 0) throw new Error('a generator of full period came to rest');
}
