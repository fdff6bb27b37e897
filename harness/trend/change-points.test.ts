import { describe, expect, test } from 'vitest';
import { seededRandom } from '../measure/seeded-random.ts';
import { fewestValues, findChangePoints } from './change-points.ts';

const OPTIONS = { significance: 0.001, seed: 1 };

/** Values round each level in turn, with noise of this standard deviation. */
function series(levels: readonly (readonly [count: number, level: number])[], sd: number, seed = 1): readonly number[] {
  const random = seededRandom(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return levels.flatMap(([count, level]) => Array.from({ length: count }, () => level * (1 + sd * normal())));
}

function indices(values: readonly number[], options = OPTIONS): readonly number[] {
  return findChangePoints(values, options).map(({ index }) => index);
}

describe('change points', () => {
  test('are found where the level steps, each with a p below the significance', () => {
    const values = series(
      [
        [15, 100],
        [15, 85],
        [15, 110],
      ],
      0.03,
    );
    const found = findChangePoints(values, OPTIONS);
    expect(found.map(({ index }) => index)).toEqual([15, 30]);
    for (const { p } of found) expect(p).toBeLessThan(0.001);
  });

  test('are found of a spread that widens, too', () => {
    expect(indices(series([[60, 100]], 0.005).concat(series([[60, 100]], 0.2, 2)))).toHaveLength(1);
  });

  test('are none in a constant series, nor in one that differs by rounding', () => {
    expect(indices(Array.from({ length: 40 }, () => 0.08))).toEqual([]);
    expect(indices(Array.from({ length: 40 }, (_, i) => (i < 20 ? 0.3 : 0.1 + 0.2)))).toEqual([]);
  });

  test('are none at a single odd run', () => {
    const values = [...series([[40, 100]], 0.02)];
    values[20] = 10;
    expect(indices(values)).toEqual([]);
  });

  test('do not depend on unit or sign, and are the same for the same seed', () => {
    const values = series(
      [
        [12, 3],
        [12, 4],
      ],
      0.05,
    );
    expect(indices(values.map((value) => value * 1e6))).toEqual(indices(values));
    expect(indices(values.map((value) => -value))).toEqual(indices(values));
    expect(findChangePoints(values, OPTIONS)).toEqual(findChangePoints(values, OPTIONS));
  });

  test.each([0, 1, 3, 5])('are none in %d values, however different', (count) => {
    expect(indices(Array.from({ length: count }, (_, i) => 10 ** i))).toEqual([]);
  });
});

describe('false alarms', () => {
  test('of series without a change are as rare as the significance', () => {
    const significance = 0.05;
    const trials = 600;
    let alarms = 0;
    for (let seed = 1; seed <= trials; seed += 1) {
      const values = series([[24, 100]], 0.1, seed);
      if (indices(values, { significance, seed }).length > 0) alarms += 1;
    }
    // 5 % of 600 are 30; three standard errors are 16.
    expect(alarms).toBeGreaterThan(14);
    expect(alarms).toBeLessThan(46);
  });
});

describe('the fewest values', () => {
  test.each([
    [0.001, 14],
    [0.01, 10],
    [0.05, 8],
  ])('among which p < %d can be had are %i', (significance, fewest) => {
    expect(fewestValues(significance)).toBe(fewest);
    const stepAt = (count: number) => Array.from({ length: count }, (_, i) => (i < Math.floor(count / 2) ? 1 : 2));
    // A clean step is found in a few more, where the luck of the shuffles does not matter; never in fewer.
    expect(indices(stepAt(fewest + 4), { significance, seed: 1 })).toHaveLength(1);
    expect(indices(stepAt(fewest - 1), { significance, seed: 1 })).toEqual([]);
  });
});
