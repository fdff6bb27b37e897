import { expect, test } from 'vitest';
import { CurrentRate } from './current-rate.ts';

test('the growth over the last second, not over all of it', () => {
  const rate = new CurrentRate();
  expect(rate.take(0, 0)).toBe(0);
  expect(rate.take(250, 250)).toBe(1000);
  for (let atMs = 500; atMs <= 5000; atMs += 250) expect(rate.take(atMs, atMs)).toBeCloseTo(1000);
  // Nothing is answered any more: a second later that is what is seen.
  for (let atMs = 5250; atMs < 6000; atMs += 250) expect(rate.take(5000, atMs)).toBeLessThan(1000);
  expect(rate.take(5000, 6000)).toBe(0);
});

test('two reports of one moment, as at the ends of the window, disturb nothing', () => {
  const rate = new CurrentRate();
  expect(rate.take(100, 100)).toBe(1000);
  expect(rate.take(100, 100)).toBe(1000);
});
