import { expect, test } from 'vitest';
import { passedResult } from '../../test/sample-result.ts';
import { sampleSystem } from '../../test/sample-system.ts';
import type { Result } from '../result.ts';
import { chartOption } from './chart-option.ts';
import { systemCharts } from './system-charts.ts';

function resultOf(arms: number, rounds: number): Result {
  const result = passedResult();
  const [first] = result.arms;
  if (first === undefined) throw new Error('a sample without arms');
  const system = Array.from({ length: rounds }, (_, index) => sampleSystem(index + 1, 'push'));
  return { ...result, arms: Array.from({ length: arms }, (_, index) => ({ ...first, name: `arm ${index}`, system })) };
}

test('a name has the same colour in all charts of a run, and no two lines of a chart have the same', () => {
  const [run] = systemCharts(resultOf(1, 1));
  const colours = new Map<string, number>();
  for (const { lines } of run?.charts ?? []) {
    expect(new Set(lines.map(({ colour }) => colour)).size).toBe(lines.length);
    for (const { name, colour } of lines) expect(colours.get(name) ?? colour).toBe(colour);
    for (const { name, colour } of lines) colours.set(name, colour);
  }
  expect(colours.size).toBeGreaterThan(8);
});

test('all charts of a run have the same time axis, and only the faults of its own round', () => {
  const [first, second] = systemCharts(resultOf(1, 2));
  expect(new Set(first?.charts.map(({ spanS }) => spanS?.join())).size).toBe(1);
  expect(first?.charts[0]?.warmUpS).toBeGreaterThan(1);
  expect(first?.charts[0]?.faults).toEqual([{ label: 'postgres-kill', fromS: 2, toS: 4.5 }]);
  expect(second?.charts[0]?.faults).toEqual([{ label: 'network-cut', fromS: -0.5, toS: -0.4 }]);
});

test('a report of many runs stays small', () => {
  for (const [arms, rounds] of [
    [12, 5],
    [60, 3],
  ] as const) {
    const runs = systemCharts(resultOf(arms, rounds));
    expect(runs).toHaveLength(8);
    expect(JSON.stringify(runs.map(({ charts }) => charts.map(chartOption))).length).toBeLessThan(800_000);
  }
});
