import { describe, expect, test } from 'vitest';
import { normalQuantile, normalTail, tPower, tQuantile, tTail } from './distributions.ts';

// NIST/SEMATECH e-Handbook of Statistical Methods, §1.3.6.7.2: upper critical values of Student's t.
const TABLE: readonly (readonly [degrees: number, p: number, t: number])[] = [
  [1, 0.95, 6.314],
  [3, 0.975, 3.182],
  [5, 0.9, 1.476],
  [5, 0.95, 2.015],
  [5, 0.99, 3.365],
  [5, 0.999, 5.893],
  [15, 0.95, 1.753],
  [15, 0.975, 2.131],
  [23, 0.99, 2.5],
  [23, 0.999, 3.485],
  [100, 0.975, 1.984],
];

describe('Student t', () => {
  test.each(TABLE)('with %i degrees of freedom stays below its %d quantile %d', (degrees, p, t) => {
    expect(tQuantile(p, degrees)).toBeCloseTo(t, 3);
    expect(tTail(tQuantile(p, degrees), degrees)).toBeCloseTo(1 - p, 12);
  });

  test('is symmetric, and infinite statistics have no or all the tail', () => {
    expect(tQuantile(0.025, 7)).toBeCloseTo(-tQuantile(0.975, 7), 12);
    expect(tTail(Number.POSITIVE_INFINITY, 5)).toBe(0);
    expect(tTail(Number.NEGATIVE_INFINITY, 5)).toBe(1);
  });

  test.each([0, 1, Number.NaN])('has no quantile of %d', (p) => {
    expect(() => tQuantile(p, 5)).toThrow(RangeError);
  });
});

test('the normal distribution has its known quantiles and tails', () => {
  expect(normalQuantile(0.975)).toBeCloseTo(1.959964, 6);
  expect(normalTail(1.644854)).toBeCloseTo(0.05, 6);
});

describe('power of a t test', () => {
  test('is its level when nothing shifted', () => {
    expect(tPower(tQuantile(0.95, 15), 15, 0)).toBeCloseTo(0.05, 2);
  });

  test.each([
    [5, 0.9, 1],
    [5, 0.99, 3],
    [15, 0.95, 2.5],
    [23, 0.995, 4],
  ])('with %i degrees of freedom at level 1 - %d and shift %d is that of the integral', (degrees, p, shift) => {
    const critical = tQuantile(p, degrees);
    expect(Math.abs(tPower(critical, degrees, shift) - exactPower(critical, degrees, shift))).toBeLessThan(0.01);
  });
});

/** P(Z + shift > critical · S), where S² is chi-square over its degrees of freedom: Z by its tail, S by the midpoint rule. */
function exactPower(critical: number, degrees: number, shift: number): number {
  const step = 0.0005;
  let weighted = 0;
  let total = 0;
  for (let s = step / 2; s < 5; s += step) {
    const density = s ** (degrees - 1) * Math.exp((-degrees * s * s) / 2);
    weighted += density * normalTail(critical * s - shift);
    total += density;
  }
  return weighted / total;
}
