import { expect, test } from 'vitest';
import { shareInterval } from './share-interval.ts';

// Newcombe, Statistics in Medicine 17, 1998, table I, method 3 (score interval without continuity correction).
test.each([
  [81, 263, 0.2553, 0.3662],
  [15, 148, 0.0624, 0.1605],
  [0, 20, 0, 0.1611],
  [1, 29, 0.0061, 0.1718],
])('%i of %i lies between %d and %d', (successes, trials, low, high) => {
  const interval = shareInterval(successes, trials);
  expect(interval.median).toBe(successes / trials);
  expect(interval.low).toBeCloseTo(low, 4);
  expect(interval.high).toBeCloseTo(high, 4);
});

test('none and all are the ends of the scale, exactly', () => {
  expect(shareInterval(0, 2000).low).toBe(0);
  expect(shareInterval(2000, 2000).high).toBe(1);
});

test.each([
  [1, 0],
  [3, 2],
  [-1, 2],
  [Number.NaN, 2],
])('%d of %d is no share', (successes, trials) => {
  expect(() => shareInterval(successes, trials)).toThrow(RangeError);
});
