import { expect, test } from 'vitest';
import { bootstrapMedian, pairedRatios, ratioOfMedians } from './interval.ts';
import { seededRandom } from './seeded-random.ts';

test('one round has an interval of no width', () => {
  expect(bootstrapMedian([42], 1)).toEqual({ median: 42, low: 42, high: 42 });
});

test('the interval holds the median, stays inside the values and repeats with the seed', () => {
  const values = [103, 98, 100, 250, 101];
  const interval = bootstrapMedian(values, 7);
  expect(interval.median).toBe(101);
  expect(interval.low).toBeGreaterThanOrEqual(98);
  expect(interval.low).toBeLessThan(101);
  expect(interval.high).toBeGreaterThan(101);
  expect(interval.high).toBeLessThanOrEqual(250);
  expect(bootstrapMedian(values, 7)).toEqual(interval);
});

test('about 95 of 100 intervals hold the true median', () => {
  const random = seededRandom(3);
  const samples = Array.from({ length: 200 }, () => Array.from({ length: 25 }, () => random()));
  const holding = samples.filter((values, index) => {
    const { low, high } = bootstrapMedian(values, index);
    return low <= 0.5 && high >= 0.5;
  });
  expect(holding.length / samples.length).toBeGreaterThan(0.88);
  expect(holding.length / samples.length).toBeLessThan(0.99);
});

test('drift that hits both arms of a round alike does not widen a paired ratio', () => {
  const drift = [1, 0.5, 2, 1.3];
  const ratios = pairedRatios(
    drift.map((factor) => 300 * factor),
    drift.map((factor) => 200 * factor),
    1,
  );
  expect(ratios).toEqual({ median: 1.5, low: 1.5, high: 1.5 });
});

test('what has no median or ratio is refused', () => {
  expect(() => bootstrapMedian([], 1)).toThrow(RangeError);
  expect(() => pairedRatios([1, 2], [1], 1)).toThrow('cannot be paired');
  expect(() => pairedRatios([1, 2], [1, 0], 1)).toThrow('round 2');
});

test('the ratio of two arms that were measured apart', () => {
  const ratio = ratioOfMedians([20, 22, 21, 20, 23], [10, 11, 10, 10, 12], 1);
  expect(ratio.median).toBe(2.1);
  expect(ratio.low).toBeGreaterThan(1.6);
  expect(ratio.high).toBeLessThan(2.4);
  expect(ratioOfMedians([20, 22, 21, 20, 23], [10, 11, 10, 10, 12], 1)).toEqual(ratio);
  expect(() => ratioOfMedians([], [1], 1)).toThrow(RangeError);
  expect(() => ratioOfMedians([1], [0], 1)).toThrow('no ratio of 0');
});
