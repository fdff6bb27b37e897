import type { Ledger } from '../history/ledger.ts';
import { tallyRequest } from './request-tally.ts';

/** Messages acknowledged from one moment to another, both included; microseconds on the ledger's clock. */
export function acknowledgedBetween(ledger: Ledger, fromUs: number, toUs: number): number {
  let acknowledged = 0;
  for (let request = 0; request < ledger.requests; request += 1) {
    const completedUs = ledger.completedUs(request);
    if (completedUs >= fromUs && completedUs <= toUs) acknowledged += tallyRequest(ledger, request).acknowledged;
  }
  return acknowledged;
}
