import { describe, expect, test } from 'vitest';
import { type Differences, type GitResult, measuredResults } from '../test/measured-results.ts';
import { noticesOf } from './notice.ts';
import { trendSeries } from './trend-series.ts';

const FROM = new Date('2026-11-01T10:00:00Z');
const LATER = new Date('2026-11-02T10:00:00Z');
const OPTIONS = { significance: 0.001, seed: 1, atLeast: 0.01 };

function seriesOf(results: readonly GitResult[]) {
  return trendSeries(results.map((result, i) => ({ file: `${i}/result.json`, result })));
}

function runs(count: number, differences: Differences = {}): readonly GitResult[] {
  return measuredResults(count, FROM, differences);
}

describe('series', () => {
  test('are the figures of an arm, run by run', () => {
    const { series } = seriesOf(runs(3));
    const push = series.filter(({ arm }) => arm === 'push');
    expect(push.map(({ figure, better }) => [figure, better])).toEqual([
      ['throughput', 'higher'],
      ['ceilingFraction', 'higher'],
      ['ratio to push-legacy', 'higher'],
      ['walBytes', 'lower'],
      ['statements', 'lower'],
      ['serverCpuUs', 'lower'],
    ]);
    expect(push[0]?.points.map(({ value, file }) => [Math.round(value), file])).toEqual([
      [99_000, '0/result.json'],
      [101_000, '1/result.json'],
      [100_000, '2/result.json'],
    ]);
  });

  test.each<[string, Differences]>([
    ['another machine', { environment: { cores: 8 } }],
    ['another setting of PostgreSQL', { environment: { postgresSettings: { fsync: 'off' } } }],
    ['other parameters', { arm: { parameters: { 'load.batch': 1 } } }],
    ['another scenario', { result: { scenario: 'smoke' } }],
  ])('of %s are others', (_, differences) => {
    const { series } = seriesOf([...runs(3), ...runs(3, differences)]);
    const throughput = series.filter(({ arm, figure }) => arm === 'push' && figure === 'throughput');
    expect(throughput.map(({ points }) => points.length)).toEqual([3, 3]);
  });

  test('leave out what has no figures of the server, and say so', () => {
    const { series, leftOut } = seriesOf([
      ...runs(1),
      ...runs(1, { result: { verdict: 'invalid' } }),
      ...runs(1, { result: { profile: {} } }),
      ...runs(1, { arm: { verdict: 'unknown' } }),
    ]);
    expect(series.find(({ arm, figure }) => arm === 'push' && figure === 'throughput')?.points).toHaveLength(1);
    expect(leftOut).toEqual([
      'push-vs-legacy of 2026-11-01T10:00:00.000Z: its verdict is invalid',
      expect.stringMatching(/was profiled/),
      'push-vs-legacy of 2026-11-01T10:00:00.000Z, push: its proof is unknown',
    ]);
  });
});

describe('notices', () => {
  const changed = (differences: Differences) =>
    seriesOf([...runs(10), ...measuredResults(10, LATER, differences)]).series.flatMap((series) =>
      noticesOf(series, OPTIONS),
    );

  test('tell what changed, since when, by how much, and whether that is worse', () => {
    const notices = changed({ speed: 0.9 });
    expect(notices.map(({ arm, figure, isWorse }) => [arm, figure, isWorse])).toEqual([
      ['push', 'throughput', true],
      ['push', 'ceilingFraction', true],
      ['push', 'ratio to push-legacy', true],
      ['push', 'serverCpuUs', true],
    ]);
    expect(notices[0]).toMatchObject({
      since: { startedAt: LATER.toISOString() },
      change: expect.closeTo(-0.1, 2),
      runsBefore: 10,
      runsAfter: 10,
    });
    expect(notices[0]?.p).toBeLessThan(0.001);
  });

  test('of a cost that fell are for the better', () => {
    expect(changed({ wal: 0.9 }).map(({ figure, isWorse }) => [figure, isWorse])).toEqual([
      ['walBytes', false],
      ['walBytes', false],
    ]);
  });

  test('are none for runs that are alike, nor for a change that is too small to matter', () => {
    expect(changed({})).toEqual([]);
    expect(changed({ wal: 1.005 })).toEqual([]);
  });
});
