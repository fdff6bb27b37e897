import { expect, test } from 'vitest';
import type { ItemOutcome } from '../history/item-outcome.ts';
import { Ledger } from '../history/ledger.ts';
import { stepFigures } from './step-figures.ts';

test('only the scheduled requests of the stretch count, from their intended times', () => {
  const ledger = new Ledger('r');
  const add = (intendedUs: number | undefined, sentUs: number | undefined, outcomes: readonly ItemOutcome[]) => {
    const request = ledger.open({
      ...{ producer: 0, partition: 0, messages: outcomes.length, invokedUs: sentUs ?? 0 },
      ...(intendedUs === undefined ? {} : { intendedUs }),
    });
    for (const [index, outcome] of outcomes.entries()) ledger.setOutcome(ledger.firstMessage(request) + index, outcome);
    if (sentUs !== undefined) {
      ledger.send(request, 0, sentUs);
      ledger.complete(request, sentUs + 1_000, 200);
    }
  };
  add(100, 100, ['failed']);
  add(1_000, 1_200, ['queued', 'queued']);
  // A bulk producer's, a repeat that was stored before, a reply with one bad item, and one that was never sent.
  add(undefined, 1_300, ['failed']);
  add(2_000, 2_400, ['duplicate', 'queued']);
  add(3_000, 3_800, ['queued', 'failed']);
  add(4_000, undefined, ['rejected']);
  add(9_000, 9_000, ['failed']);
  const { failed, latency, sendLag } = stepFigures(ledger, { firstRequest: 1, lastRequest: 6 });
  expect(failed).toBe(2);
  expect([latency.totalCount, latency.minNonZeroValue, latency.maxValue]).toEqual([3, 1_200, 1_800]);
  expect([sendLag.totalCount, sendLag.minNonZeroValue, sendLag.maxValue]).toEqual([3, 200, 800]);
});
