import { describe, expect, test } from 'vitest';
import { seededRandom } from './seeded-random.ts';
import { judgeSteadiness } from './steadiness.ts';

const BUCKETS = 20;
const WINDOWS = 1_000;

/** Windows of noise (share of the mean) in which neighbours correlate, with a drift from end to end (share of the mean). */
function shareUnsteady({ noise, correlation, drift }: { noise: number; correlation: number; drift: number }): number {
  const random = seededRandom(5);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  let unsteady = 0;
  for (let window = 0; window < WINDOWS; window += 1) {
    let rest = normal() * noise;
    const counts = Array.from({ length: BUCKETS }, (_, bucket) => {
      rest = correlation * rest + Math.sqrt(1 - correlation ** 2) * noise * normal();
      return 1_000 * (1 + drift * ((bucket + 0.5) / BUCKETS - 0.5) + rest);
    });
    if (judgeSteadiness(counts).verdict === 'unsteady') unsteady += 1;
  }
  return unsteady / WINDOWS;
}

describe('simulated windows', () => {
  test.each([
    [0.05, 0, 0.015],
    [0.1, 0, 0.02],
    [0.1, 0.3, 0.06],
    [0.1, 0.5, 0.12],
  ])('noise of %s whose neighbours correlate by %s is called unsteady in at most %s', (noise, correlation, atMost) => {
    expect(shareUnsteady({ noise, correlation, drift: 0 })).toBeLessThanOrEqual(atMost);
  });

  test.each([
    [-0.15, 0.05, 0.65],
    [0.25, 0.05, 0.97],
    [-0.25, 0.1, 0.48],
    [0.4, 0.1, 0.92],
  ])('a drift of %s in noise of %s is found in at least %s', (drift, noise, atLeast) => {
    expect(shareUnsteady({ noise, correlation: 0, drift })).toBeGreaterThanOrEqual(atLeast);
  });
});

test('trend and variation are told in per cent of the mean, each without the other', () => {
  const rising = Array.from({ length: BUCKETS }, (_, bucket) => 900 + 10 * bucket);
  const { verdict, trendPercent, variationPercent } = judgeSteadiness(rising);
  expect(verdict).toBe('unsteady');
  expect(trendPercent).toBeCloseTo((100 * 10 * BUCKETS) / 995, 6);
  expect(variationPercent).toBeCloseTo(0, 6);
});

test('a trend that is certain but small is none that matters', () => {
  const rising = Array.from({ length: BUCKETS }, (_, bucket) => 1_000 + 3 * bucket);
  expect(judgeSteadiness(rising).verdict).toBe('steady');
});

test('a trend that would matter but may be chance is not known', () => {
  const noisy = Array.from({ length: 12 }, (_, bucket) => 1_000 - 15 * bucket + (bucket % 2 === 0 ? 150 : -150));
  const { verdict, trendPercent } = judgeSteadiness(noisy);
  expect(verdict).toBe('unknown');
  expect(trendPercent).toBeLessThan(-10);
});

test('a stall of a tenth of the window is unsteady although there is no trend', () => {
  const stalled = Array.from({ length: BUCKETS }, (_, bucket) =>
    bucket === 7 || bucket === 8 ? 0 : 1_000 + (bucket % 3),
  );
  expect(judgeSteadiness(stalled).verdict).toBe('unsteady');
});

test.each([
  ['no buckets', []],
  ['few buckets', [1, 2, 3, 4, 5, 6, 7, 8, 9]],
  ['nothing acknowledged', Array.from({ length: BUCKETS }, () => 0)],
])('%s: not known', (_, counts) => {
  expect(judgeSteadiness(counts)).toEqual({ verdict: 'unknown', trendPercent: null, variationPercent: null });
});
