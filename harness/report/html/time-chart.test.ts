import { describe, expect, it } from 'vitest';
import { passedResult, sampleResult } from '../../test/sample-result.ts';
import { thinned } from './thinned.ts';
import { timeCharts } from './time-chart.ts';

describe('timeCharts', () => {
  const charts = timeCharts(sampleResult());
  const armsOf = (id: string) => new Set(charts.find((chart) => chart.id === id)?.lines.map(({ colour }) => colour));

  it('draws speed and latency of proven arms only, connections of all that ran', () => {
    for (const id of ['throughput', 'latency-p50', 'latency-p99']) expect(armsOf(id), id).toEqual(new Set([0, 1]));
    expect(armsOf('connections')).toEqual(new Set([0, 1, 2]));
  });

  it('counts time from the start of the measured window and shows the limits of the connections', () => {
    const [throughput] = charts;
    expect(throughput?.lines[0]?.points[0]?.[0]).toBe(-1.375);
    expect(charts.find(({ id }) => id === 'connections')?.limits).toEqual([
      { label: 'max_connections 100', value: 100 },
      { label: 'budget 76', value: 76 },
    ]);
  });

  it('leaves out what has nothing to show', () => {
    const calm = passedResult();
    const arms = calm.arms.filter(({ errors }) => errors.length === 0);
    expect(timeCharts({ ...calm, arms }).map(({ id }) => id)).not.toContain('errors');
    expect(timeCharts({ ...calm, arms: [] })).toEqual([]);
  });
});

describe('thinned', () => {
  const points = Array.from({ length: 1000 }, (_, index) => [index, index === 501 ? 90 : 1] as const);

  it('keeps a long series small and never hides its peak', () => {
    const kept = thinned(points, 'max', 240);
    expect(kept.length).toBeLessThanOrEqual(240);
    expect(Math.max(...kept.map(([, value]) => value ?? 0))).toBe(90);
    expect(Math.max(...thinned(points, 'mean', 240).map(([, value]) => value ?? 0))).toBeCloseTo(18.8);
  });

  it('leaves a gap where a whole stretch was not measured', () => {
    expect(
      thinned(
        points.map(([at]) => [at, null]),
        'mean',
        240,
      ).every(([, value]) => value === null),
    ).toBe(true);
  });
});
