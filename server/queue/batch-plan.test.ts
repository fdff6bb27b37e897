import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type BatchLimits, planBatches } from './batch-plan.ts';
import { estimateRowBytes } from './row-size.ts';

const MB = 2 ** 20;
const QUEEN: BatchLimits = { targetBytes: 4 * MB, maxBytes: 8 * MB, minMessages: 100, maxMessages: 10_000 };
const sizes = (rows: readonly number[], limits: BatchLimits): readonly number[] =>
  planBatches(rows, (bytes) => bytes, limits).map((batch) => batch.length);

test.each([
  [0, false, 999],
  [9, false, 1009],
  [100, false, 1109],
  [1000, false, 2099],
  // 909 + 100 + trunc(35) + 200 = 1244, + 10 %.
  [100, true, 1368],
  [3, true, 1224],
])('row size of a payload of %i characters, encrypted %s: %i bytes', (length, encrypted, bytes) => {
  expect(estimateRowBytes(length, encrypted)).toBe(bytes);
});

test('the smallest rows: 4199 fill the target of 4 MB', () => {
  expect(sizes(new Array(10_000).fill(estimateRowBytes(0, false)), QUEEN)).toEqual([4199, 4199, 1602]);
});

test('the target counts only from the least number of messages on', () => {
  const row = 60_000;
  // 70 rows reach 4 MB, 100 rows have 6 MB, 139 would be the most for 8 MB.
  expect(sizes(new Array(250).fill(row), QUEEN)).toEqual([100, 100, 50]);
  expect(sizes(new Array(250).fill(row), { ...QUEEN, minMessages: 1000 })).toEqual([139, 111]);
});

test('the most messages bind, even below the target', () => {
  expect(sizes(new Array(25).fill(1), { ...QUEEN, maxMessages: 10 })).toEqual([10, 10, 5]);
});

test('an oversized message has a batch of its own', () => {
  expect(sizes([1, 9 * MB, 1], QUEEN)).toEqual([1, 1, 1]);
  expect(sizes([8 * MB], QUEEN)).toEqual([1]);
  expect(sizes([4 * MB, 4 * MB, 1], QUEEN)).toEqual([2, 1]);
});

test('nothing gives no batch', () => {
  expect(sizes([], QUEEN)).toEqual([]);
});

test('order is kept, limits hold except for one oversized row, and no batch is closed early', () => {
  const limits = fc.record({
    targetBytes: fc.integer({ min: 1, max: 200 }),
    maxBytes: fc.integer({ min: 1, max: 400 }),
    minMessages: fc.integer({ min: 1, max: 10 }),
    maxMessages: fc.integer({ min: 1, max: 20 }),
  });
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 500 }), { maxLength: 100 }), limits, (bytes, given) => {
      const rows = bytes.map((size, number) => ({ size, number }));
      const batches = planBatches(rows, (row) => row.size, given);
      expect(batches.flat()).toEqual(rows);
      for (const [index, batch] of batches.entries()) {
        const total = batch.reduce((sum, row) => sum + row.size, 0);
        expect(batch.length).toBeGreaterThan(0);
        expect(batch.length).toBeLessThanOrEqual(given.maxMessages);
        expect(batch.length === 1 || total <= given.maxBytes).toBe(true);
        const beforeLast = total - (batch.at(-1)?.size ?? 0);
        const wasFull = batch.length > 1 && beforeLast >= given.targetBytes && batch.length - 1 >= given.minMessages;
        expect(wasFull).toBe(false);
        const next = batches[index + 1]?.[0];
        if (next === undefined) continue;
        expect(
          total + next.size > given.maxBytes ||
            batch.length === given.maxMessages ||
            (total >= given.targetBytes && batch.length >= given.minMessages),
        ).toBe(true);
      }
    }),
  );
});
