import { expect, test } from 'vitest';
import { Ledger } from '../history/ledger.ts';
import { acknowledgedCounts } from './window-counts.ts';

/** Requests of so many messages, answered one every 10 µs, the first at 0. */
function ledgerOf(sizes: readonly number[]): Ledger {
  const ledger = new Ledger('r');
  for (const [index, messages] of sizes.entries()) {
    const request = ledger.open({ producer: 0, partition: 0, messages, invokedUs: 0 });
    ledger.setOutcomes(request, 'queued');
    ledger.complete(request, index * 10, 200);
  }
  return ledger;
}

const equal = (requests: number, messages: number) => Array.from({ length: requests }, () => messages);

test('equal parts of the window alone, each with what completed in it', () => {
  const ledger = ledgerOf(equal(2_000, 3));
  const counts = acknowledgedCounts(ledger, [{ fromUs: 10_000, toUs: 19_999 }]);
  expect(counts).toHaveLength(20);
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(1_000 * 3);
  expect(new Set(counts)).toEqual(new Set([150]));
});

test('slices count as one window, without what lies between them', () => {
  const slices = [
    { fromUs: 0, toUs: 4_999 },
    { fromUs: 10_000, toUs: 14_999 },
  ];
  const counts = acknowledgedCounts(ledgerOf(equal(2_000, 3)), slices);
  expect(counts).toHaveLength(20);
  expect(new Set(counts)).toEqual(new Set([150]));
});

test('fewer requests make fewer parts, of at least 25 each', () => {
  expect(acknowledgedCounts(ledgerOf(equal(260, 100)), [{ fromUs: 0, toUs: 2_600 }])).toHaveLength(10);
  expect(acknowledgedCounts(ledgerOf(equal(24, 100)), [{ fromUs: 0, toUs: 2_600 }])).toEqual([]);
});

test('a few large requests among small ones count as few', () => {
  const lumpy = equal(500, 1).map((size, index) => (index % 50 === 0 ? 1_000 : size));
  expect(acknowledgedCounts(ledgerOf(lumpy), [{ fromUs: 0, toUs: 5_000 }])).toEqual([]);
});

test('what was not acknowledged does not count', () => {
  const ledger = ledgerOf(equal(500, 2));
  for (let request = 0; request < 500; request += 2) ledger.setOutcomes(request, 'failed');
  const counts = acknowledgedCounts(ledger, [{ fromUs: 0, toUs: 5_000 }]);
  expect(counts).toHaveLength(10);
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(500);
});
