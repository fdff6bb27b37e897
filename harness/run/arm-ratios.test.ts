import { expect, test } from 'vitest';
import type { ArmResult } from '../report/result.ts';
import { planScenario } from '../scenario/plan-scenario.ts';
import { armRatios } from './arm-ratios.ts';

function ratios(matrix: object) {
  const text = JSON.stringify({ question: 'Q', matrix });
  const { arms } = planScenario({ name: 'x', file: 'x.yaml', text }, { sets: [], quick: false });
  const results = arms.map(({ name }, index) => {
    const rate = 1000 * (index + 1);
    const throughputMsgPerS = { median: rate, low: rate, high: rate };
    return { name, throughputMsgPerS, throughputByRound: [rate] } as unknown as ArmResult;
  });
  return armRatios(arms, results, 1).map(({ numerator, denominator, median }) => [numerator, denominator, median]);
}

test('push is held against push-legacy, whatever their warm-ups', () => {
  const load = [{ route: 'push-legacy', warmUp: '3s' }, { route: 'push' }];
  expect(ratios({ load })).toEqual([['push', 'push-legacy', 2]]);
});

test('a unified pool is held against a split one that is alike in all else', () => {
  expect(ratios({ 'server.poolSize': [10, 80], 'server.poolMode': ['split', 'unified'] })).toEqual([
    ['poolSize=10 unified', 'poolSize=10 split', 2],
    ['poolSize=80 unified', 'poolSize=80 split', 4 / 3],
  ]);
});

test('arms that differ in more have no ratio', () => {
  const server = [
    { poolMode: 'split', poolSize: 10 },
    { poolMode: 'unified', poolSize: 20 },
  ];
  expect(ratios({ server })).toEqual([]);
  expect(ratios({ 'drain.consumers': [1, 2] })).toEqual([]);
});
