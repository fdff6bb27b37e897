import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assertBudgetFits, BudgetError, connectionBudget, divideBudget, POOL_MODES } from './connection-budget.ts';

test.each([
  [80, 76, 45, 31],
  [150, 142, 85, 57],
  [10, 9, 5, 4],
  [20, 19, 11, 8],
  [90, 85, 51, 34],
])('DB_POOL_SIZE=%i gives %i connections: %i async, %i regular', (poolSize, total, async, regular) => {
  expect(connectionBudget(poolSize, 'split')).toEqual({ total, async, regular });
  expect(connectionBudget(poolSize, 'unified')).toEqual({ total, async: total, regular: 0 });
});

describe('division over workers', () => {
  test('the parts add up exactly, and no two workers differ by more than one connection of a kind', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2000 }),
        fc.integer({ min: 1, max: 64 }),
        fc.constantFrom(...POOL_MODES),
        (poolSize, workers, mode) => {
          const budget = connectionBudget(poolSize, mode);
          fc.pre(Math.min(budget.async, mode === 'split' ? budget.regular : budget.async) >= workers);
          const shares = divideBudget(budget, workers, mode);
          expect(shares).toHaveLength(workers);
          for (const kind of ['total', 'async', 'regular'] as const) {
            const parts = shares.map((share) => share[kind]);
            expect(parts.reduce((sum, part) => sum + part, 0)).toBe(budget[kind]);
            expect(Math.max(...parts) - Math.min(...parts)).toBeLessThanOrEqual(1);
          }
          for (const share of shares) {
            expect(share.total).toBe(share.async + share.regular);
            expect(share.async).toBeGreaterThan(0);
            expect(share.regular > 0).toBe(mode === 'split');
          }
        },
      ),
    );
  });

  test('a worker left without a connection of a kind is refused; the message names the numbers', () => {
    const budget = connectionBudget(10, 'split');
    expect(() => divideBudget(budget, 5, 'split')).toThrow(BudgetError);
    expect(() => divideBudget(budget, 5, 'split')).toThrow(/5 async and 4 regular .* NUM_WORKERS=5/);
    expect(() => divideBudget(connectionBudget(1, 'unified'), 1, 'unified')).toThrow(BudgetError);
    expect(divideBudget(connectionBudget(10, 'unified'), 5, 'unified')).toHaveLength(5);
  });
});

describe('against max_connections', () => {
  const stock = { maxConnections: 100, reserved: 3 };

  test('a budget that fits is accepted to the last slot', () => {
    // 97 of 97, and one more.
    expect(() => assertBudgetFits(connectionBudget(103, 'split'), { ...stock, poolSize: 103 })).not.toThrow();
    expect(() => assertBudgetFits(connectionBudget(104, 'split'), { ...stock, poolSize: 104 })).toThrow(BudgetError);
  });

  test('a refusal names both numbers and a size that fits', () => {
    const refuse = (): void => assertBudgetFits(connectionBudget(150, 'split'), { ...stock, poolSize: 150 });
    expect(refuse).toThrow(/DB_POOL_SIZE=150 needs 142 connections.* offers 97 \(max_connections=100, 3 reserved\)/);
    expect(refuse).toThrow(/Set DB_POOL_SIZE to 103 or less/);
  });
});
