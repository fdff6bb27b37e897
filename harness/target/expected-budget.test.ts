import { expect, test } from 'vitest';
import { expectedBudget } from './expected-budget.ts';

// The contract's own table.
test.each([
  [10, 9, 5, 4],
  [12, 11, 6, 5],
  [20, 19, 11, 8],
  [80, 76, 45, 31],
  [90, 85, 51, 34],
  [150, 142, 85, 57],
])('DB_POOL_SIZE %i: %i in all, %i asynchronous, %i regular', (poolSize, total, async, regular) => {
  expect(expectedBudget(poolSize)).toEqual({ total, async, regular });
});

test.each([
  [10, 9],
  [80, 76],
])('DB_POOL_SIZE %i in unified mode: all %i are asynchronous', (poolSize, total) => {
  expect(expectedBudget(poolSize, 'unified')).toEqual({ total, async: total, regular: 0 });
});
