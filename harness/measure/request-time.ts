import type { Ledger } from '../history/ledger.ts';

/** How long the answered requests of a ledger were under way, all of them together, in microseconds. */
export function requestTimeUs(ledger: Ledger): number {
  let sumUs = 0;
  for (let request = 0; request < ledger.requests; request += 1) {
    const completedUs = ledger.completedUs(request);
    if (completedUs > 0) sumUs += completedUs - ledger.invokedUs(request);
  }
  return sumUs;
}
