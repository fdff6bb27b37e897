import { expect, test } from 'vitest';
import { shareOfLevel } from './levels.ts';
import type { GateMetric } from './metric-samples.ts';

const speed = (name: string): GateMetric => ({ name, unit: 'msg/s', better: 'higher', kind: 'speed' });
const cost = (name: string): GateMetric => ({ name, unit: 'bytes', better: 'lower', kind: 'cost' });

test.each([
  ['one speed', [speed('a')], [1]],
  ['costs alone', [cost('a'), cost('b')], [1 / 2, 1 / 2]],
  [
    'two speeds and four costs',
    [speed('a'), speed('b'), ...['c', 'd', 'e', 'f'].map(cost)],
    [1 / 4, 1 / 4, ...[8, 8, 8, 8].map((n) => 1 / n)],
  ],
])('the level of %s is shared without a rest', (_, family, shares) => {
  const given = family.map((metric) => shareOfLevel(metric, family));
  expect(given).toEqual(shares);
  expect(given.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
});
