import { expect, test } from 'vitest';
import type { ItemOutcome } from '../history/item-outcome.ts';
import { Ledger } from '../history/ledger.ts';
import { acknowledgedIn } from './acknowledged-in.ts';
import { requestTimeUs } from './request-time.ts';

/** Requests of ten messages each; one without an end was never answered. */
function ledgerOf(
  requests: readonly (readonly [fromUs: number, toUs: number | undefined, outcome: ItemOutcome])[],
): Ledger {
  const ledger = new Ledger('r1');
  for (const [invokedUs, completedUs, outcome] of requests) {
    const request = ledger.open({ producer: 0, partition: 0, messages: 10, invokedUs });
    ledger.setOutcomes(request, outcome);
    if (completedUs !== undefined) ledger.complete(request, completedUs, 201);
  }
  return ledger;
}

const LEDGER = ledgerOf([
  [100, 200, 'queued'],
  [150, 300, 'buffered'],
  [250, 400, 'queued'],
  [260, 350, 'failed'],
  [390, undefined, 'indeterminate'],
  [400, 410, 'queued'],
]);

test('messages count by the moment of their acknowledgement, both ends included', () => {
  expect(acknowledgedIn(LEDGER, [{ fromUs: 200, toUs: 400 }])).toBe(30);
  expect(acknowledgedIn(LEDGER, [{ fromUs: 201, toUs: 399 }])).toBe(10);
  expect(acknowledgedIn(LEDGER, [{ fromUs: 0, toUs: 1_000 }])).toBe(40);
  const spans = [
    { fromUs: 200, toUs: 250 },
    { fromUs: 400, toUs: 405 },
  ];
  expect(acknowledgedIn(LEDGER, spans)).toBe(20);
});

test('the time of requests is that of all that were answered, together', () => {
  expect(requestTimeUs(LEDGER)).toBe(100 + 150 + 150 + 90 + 10);
});
