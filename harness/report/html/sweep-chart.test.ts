import { expect, test } from 'vitest';
import { passedResult, sweepResult, UNPROVEN_MSG_PER_S } from '../../test/sample-result.ts';
import { sweepChart, sweepOption, sweepPanel } from './sweep-chart.ts';

test('a result that is no sweep has no such chart', () => {
  expect(sweepChart(passedResult())).toBeUndefined();
});

test('a line for each word with its proven points, and no point without a proof', () => {
  const chart = sweepChart(sweepResult());
  expect(chart?.lines.map(({ name, points }) => [name, points.map(({ x }) => x)])).toEqual([
    ['push', [0, 1, 5, 20]],
    ['push-legacy', [0, 1, 5, 20]],
  ]);
  expect(chart?.lines[0]?.points.filter(({ isMarked }) => isMarked).map(({ x }) => x)).toEqual([5]);
  const drawn = JSON.stringify(chart && sweepOption(chart)) + (chart && sweepPanel(chart).text);
  expect(drawn.replaceAll(',', '')).not.toContain(String(UNPROVEN_MSG_PER_S));
});

test('the axis is logarithmic where values are far apart, unless there is a 0', () => {
  const { sweep, ...result } = sweepResult();
  const spreadOf = (xs: readonly number[]) => {
    const points = xs.map((x, index) => ({ x, arm: result.arms[index]?.name ?? '' }));
    return sweepChart({ ...result, sweep: { unit: 'u', lines: [{ name: '', points, marked: null }] } })?.isLogarithmic;
  };
  expect(sweep).toBeDefined();
  expect(spreadOf([1, 10, 100, 1000])).toBe(true);
  expect(spreadOf([0, 10, 100, 1000])).toBe(false);
  expect(spreadOf([1, 2, 4, 8])).toBe(false);
});
