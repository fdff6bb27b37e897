import type { Ledger } from '../history/ledger.ts';
import { tallyRequest } from './request-tally.ts';
import { type Span, usWithin } from './spans.ts';

/** Messages acknowledged in some spans of the ledger's clock. */
export function acknowledgedIn(ledger: Ledger, spans: readonly Span[]): number {
  let acknowledged = 0;
  for (let request = 0; request < ledger.requests; request += 1) {
    const isIn = usWithin(spans, ledger.completedUs(request)) !== undefined;
    if (isIn) acknowledged += tallyRequest(ledger, request).acknowledged;
  }
  return acknowledged;
}
