import { expect, test } from 'vitest';
import { passedResult, sampleResult, UNPROVEN_MSG_PER_S } from '../../test/sample-result.ts';
import type { ArmResult, Result } from '../result.ts';
import { DEEPEST_PERCENT, heatMapPanel } from './heat-map.ts';

type Parameters = Readonly<Record<string, unknown>>;

/** Arms with these parameters, with 1000, 2000, 3000 … msg/s. */
function matrixOf(...parameters: readonly Parameters[]): Result {
  const { arms, ...result } = passedResult();
  const [arm] = arms as [ArmResult];
  const made = parameters.map((own, index) => {
    const rate = 1000 * (index + 1);
    const throughputMsgPerS = { median: rate, low: rate, high: rate };
    return { ...arm, name: `arm ${index}`, parameters: { ...own }, throughputMsgPerS };
  });
  return { ...result, arms: made, checks: [] };
}

const textOf = (result: Result) => heatMapPanel(result)?.text.replaceAll('\n', '') ?? '';
const shadesOf = (text: string) => [...text.matchAll(/--heat:(\d+)%/g)].map(([, percent]) => Number(percent));
const captionsOf = (text: string) => [...text.matchAll(/<caption>(.*?)<\/caption>/g)].map(([, caption]) => caption);

/** As they come; the map has the routes downwards. */
const PAIRS = [1, 10].flatMap((batch) => ['push', 'push-legacy'].map((route) => ({ route, batch })));

test('two parameters make one grid, from no shade at the slowest to the deepest at the fastest', () => {
  const text = textOf(matrixOf(...PAIRS));
  expect(shadesOf(text)).toEqual([0, 35, 17, DEEPEST_PERCENT]);
  expect(captionsOf(text)).toEqual([]);
});

test('rates that lie far apart are shaded by ratio, or all but the fastest would look alike', () => {
  const result = matrixOf(...PAIRS);
  const arms = result.arms.map((arm, index) => {
    const rate = 100 * 10 ** index;
    return { ...arm, throughputMsgPerS: { median: rate, low: rate, high: rate } };
  });
  expect(shadesOf(textOf({ ...result, arms }))).toEqual([0, 35, 17, DEEPEST_PERCENT]);
});

test('a third parameter makes a grid for each of its values', () => {
  const text = textOf(matrixOf(...[1, 2].flatMap((workers) => PAIRS.map((pair) => ({ ...pair, workers })))));
  expect(captionsOf(text)).toEqual(['workers=1', 'workers=2']);
  expect(shadesOf(text)).toHaveLength(8);
});

test('where the grids would be too many or too empty, a cell is the median of its arms, and says so', () => {
  const workers = [1, 2, 3, 4, 5, 6, 7];
  const text = textOf(matrixOf(...workers.flatMap((count) => PAIRS.map((pair) => ({ ...pair, workers: count })))));
  expect(text).toContain('A cell is the median of the arms that differ in');
  expect(text).toContain('7 of 7 arms');
  expect(captionsOf(text)).toEqual([]);
  const covering = PAIRS.map((pair, index) => ({ ...pair, workers: index + 1 }));
  expect(captionsOf(textOf(matrixOf(...covering)))).toEqual([]);
});

test('one parameter is no matrix', () => {
  expect(heatMapPanel(matrixOf({ workers: 1 }, { workers: 2 }))).toBeUndefined();
});

test('an arm without a proof has a cell without a figure', () => {
  const text = textOf(sampleResult());
  expect(text).toContain('no figure');
  expect(text.replaceAll(',', '')).not.toContain(String(UNPROVEN_MSG_PER_S));
});
