import { expect, test } from 'vitest';
import { type LoadSpending, spendingOf } from './load-spending.ts';

const DATABASE = { walBytes: 1_000, writeTransactions: 10, statements: 30 };
const WORKERS = { elapsedMs: 300, busiestLoop: 0.9, poolWaitUs: 5, allocatedBytes: 70 };
const WHOLE: LoadSpending = { database: DATABASE, workers: WORKERS };

test('stretches add up; event loops are the mean over their time', () => {
  const idle = { database: { ...DATABASE, walBytes: 1 }, workers: { ...WORKERS, elapsedMs: 100, busiestLoop: 0.1 } };
  expect(spendingOf([WHOLE, idle])).toEqual({
    database: { walBytes: 1_001, writeTransactions: 20, statements: 60 },
    workers: { elapsedMs: 400, busiestLoop: expect.closeTo(0.7), poolWaitUs: 10, allocatedBytes: 140 },
  });
  expect(spendingOf([WHOLE])).toEqual({ ...WHOLE, workers: { ...WORKERS, busiestLoop: expect.closeTo(0.9) } });
});

test('a sum of which a part is missing is none', () => {
  expect(spendingOf([WHOLE, { database: undefined, workers: undefined }])).toEqual({
    database: undefined,
    workers: undefined,
  });
  const uncounted = { ...WHOLE, database: { ...DATABASE, statements: undefined } };
  expect(spendingOf([WHOLE, uncounted]).database).toEqual({
    walBytes: 2_000,
    writeTransactions: 20,
    statements: undefined,
  });
});
