import { expect, test } from 'vitest';
import { curveOfPercentiles } from './curve-of-percentiles.ts';
import { newLatencyHistogram, recordLatency } from './latency.ts';

function histogramOf(latenciesUs: readonly number[]) {
  const histogram = newLatencyHistogram();
  for (const latencyUs of latenciesUs) recordLatency(histogram, latencyUs);
  return histogram;
}

test('the curve rises to the maximum, and passes through the percentiles that reports tell', () => {
  const curve = curveOfPercentiles(histogramOf(Array.from({ length: 1000 }, (_, index) => index + 1)));
  expect(curve?.count).toBe(1000);
  expect(curve?.percentiles.slice(0, 2)).toEqual([0, 20.567177]);
  expect(curve?.percentiles.at(-1)).toBe(100);
  const at = (percentile: number) => curve?.latencyUs[curve.percentiles.indexOf(percentile)];
  expect([at(0), at(90), at(99), at(100)]).toEqual([1, 900, 990, 1000]);
  expect(curve?.latencyUs).toEqual(curve?.latencyUs.toSorted((a, b) => a - b));
});

test('no percentile is told that the requests are too few for', () => {
  expect(curveOfPercentiles(histogramOf([400]))).toEqual({ count: 1, percentiles: [100], latencyUs: [400] });
  const hundred = curveOfPercentiles(histogramOf(Array.from({ length: 100 }, () => 7)));
  expect(hundred?.percentiles.at(-2)).toBeLessThan(99);
});

test('a million requests take a few dozen points', () => {
  const histogram = newLatencyHistogram();
  histogram.recordValueWithCount(120, 999_990);
  histogram.recordValueWithCount(90_000, 20);
  const curve = curveOfPercentiles(histogram);
  expect(curve?.percentiles.length).toBeLessThanOrEqual(62);
  expect(curve?.latencyUs.filter((us) => us > 80_000).length).toBeGreaterThan(10);
  expect(curve?.latencyUs.length).toBe(curve?.percentiles.length);
});

test('nothing measured is no curve', () => {
  expect(curveOfPercentiles(newLatencyHistogram())).toBeNull();
});
