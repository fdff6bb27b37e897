import { expect, test } from 'vitest';
import { normalQuantile } from '../measure/distributions.ts';
import { spendLevels } from './alpha-spending.ts';

const boundsOf = (levels: readonly number[]) => levels.map((level) => normalQuantile(1 - level));

test('a single look spends the whole level', () => {
  expect(spendLevels([16], 16, 0.025)[0]).toBeCloseTo(0.025, 6);
});

// Bounds of Pocock-type spending at five equal looks, one-sided 0.025 (two-sided 0.05), as tables and programs
// such as gsDesign's sfLDPocock give them: 2.438, 2.427, 2.410, 2.397, 2.386.
test('five equal looks have the published bounds', () => {
  const published = [2.438, 2.427, 2.41, 2.397, 2.386];
  for (const [look, bound] of boundsOf(spendLevels([1, 2, 3, 4, 5], 5, 0.025)).entries()) {
    expect(Math.abs(bound - (published[look] ?? 0))).toBeLessThan(0.002);
  }
});

test('looks that were taken before are paid for: the same look alone may reject at a higher level', () => {
  const [, , third = 0] = spendLevels([6, 10, 16], 24, 0.05);
  const [alone = 0] = spendLevels([16], 24, 0.05);
  expect(third).toBeLessThan(alone);
});

test('a gate that ends before its last look has not spent all', () => {
  const [first = 0, second = 0] = spendLevels([6, 8], 24, 0.05);
  expect(first + second).toBeLessThan(0.05);
});
