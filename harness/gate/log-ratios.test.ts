import { describe, expect, test } from 'vitest';
import { leadEffect, logRatiosOf, signFlipP } from './log-ratios.ts';
import type { MetricSamples, PairedBlock } from './metric-samples.ts';

function samplesOf(blocks: readonly PairedBlock[]): MetricSamples {
  return { arm: 'push', metric: { name: 'throughput', unit: 'msg/s', better: 'higher', kind: 'speed' }, blocks };
}

function blocksOf(ratios: readonly number[]): readonly PairedBlock[] {
  return ratios.map((ratio, i) => ({ lead: i % 2 === 0 ? 'base' : 'candidate', base: 1000, candidate: 1000 * ratio }));
}

describe('log ratios', () => {
  test('have the mean and deviation of the logarithms, so that twice and half cancel out', () => {
    const ratios = logRatiosOf(samplesOf(blocksOf([2, 0.5])), 2);
    expect(ratios).toMatchObject({ mean: expect.closeTo(0, 12), sd: expect.closeTo(Math.SQRT2 * Math.log(2), 12) });
  });

  test.each([
    ['a zero', 0],
    ['a negative value', -1],
    ['no number', Number.NaN],
    ['an infinite one', Number.POSITIVE_INFINITY],
  ])('are refused, with the number of the block, for %s', (_, bad) => {
    const [first, ...rest] = blocksOf([1, 1, 1, 1]);
    const spoiled = [...rest, { lead: first?.lead ?? 'base', base: 1000, candidate: bad }];
    expect(logRatiosOf(samplesOf(spoiled), 4)).toMatch(/^block 4 has 1000 of base and /);
  });

  test('are refused for too few blocks, and for leads that are not balanced', () => {
    expect(logRatiosOf(samplesOf(blocksOf([1, 1])), 6)).toBe('2 blocks, of at least 6');
    const oneSided = blocksOf([1, 1, 1, 1]).map((block) => ({ ...block, lead: 'base' as const }));
    expect(logRatiosOf(samplesOf(oneSided), 4)).toMatch('base led 4 of 4 blocks');
  });
});

describe('sign flips', () => {
  test('of blocks that all fell are as extreme only when all of them rise', () => {
    expect(signFlipP([-0.1, -0.2, -0.05, -0.3, -0.15, -0.12])).toBe(2 / 64);
  });

  // Of |±1 ±2 ±3|, 0, 2, 4, 6 come 2, 2, 2, 2 times: four of eight are at least the observed 4.
  test('count every assignment, ties too', () => {
    expect(signFlipP([-1, 2, 3])).toBe(0.5);
  });

  test('of blocks without any change are all as extreme', () => {
    expect(signFlipP([0, 0, 0, 0])).toBe(1);
  });

  test('above 15 blocks are drawn: the same p each time, close to the exact one', () => {
    const values = Array.from({ length: 17 }, (_, i) => (i < 11 ? 1 : -1));
    // P(|sum of 17 signs| ≥ 5): at most 6 or at least 11 heads of 17.
    expect(signFlipP(values)).toBe(signFlipP(values));
    expect(Math.abs(signFlipP(values) - 0.3323)).toBeLessThan(0.03);
  });
});

describe('the effect of being first', () => {
  test('is told when the ratio depends on who leads', () => {
    const effect = leadEffect(blocksOf([0.95, 1.05, 0.94, 1.06, 0.955, 1.052]));
    expect(effect?.baseFirst).toBeCloseTo(0.948, 2);
    expect(effect?.candidateFirst).toBeCloseTo(1.054, 2);
  });

  test('is not told of noise, nor of blocks that are all alike', () => {
    expect(leadEffect(blocksOf([0.97, 1.04, 1.02, 0.96, 1.01, 0.99]))).toBeUndefined();
    expect(leadEffect(blocksOf([0.9, 0.9, 0.9, 0.9]))).toBeUndefined();
  });
});
