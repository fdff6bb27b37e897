import { describe, expect, test } from 'vitest';
import type { ArmResult, Result } from '../report/result.ts';
import { passedResult, sampleResult } from '../test/sample-result.ts';
import { compareRuns } from './compare-runs.ts';
import { obstacles, type StoredRun } from './comparison.ts';

const stored = (result: Result, folder = 'r'): StoredRun => ({ kind: 'run', folder, result });

/** The sample with every throughput of its arms multiplied. */
function faster(result: Result, factor: number): Result {
  const arms = result.arms.map((arm): ArmResult => {
    const { throughputMsgPerS: all } = arm;
    const scaled =
      all === null ? null : { median: all.median * factor, low: all.low * factor, high: all.high * factor };
    return {
      ...arm,
      throughputMsgPerS: scaled,
      throughputByRound: arm.throughputByRound.map((rate) => (rate === null ? null : rate * factor)),
      ceilingFraction: arm.ceilingFraction === null ? null : arm.ceilingFraction * factor,
    };
  });
  return { ...result, arms };
}

function withArm(result: Result, change: Partial<ArmResult>): Result {
  return { ...result, arms: result.arms.map((arm, index) => (index === 0 ? { ...arm, ...change } : arm)) };
}

function figure(before: Result, after: Result, name: string) {
  return compareRuns(stored(before), stored(after)).arms[0]?.figures.find((one) => one.name === name);
}

/** The sample with four rounds in place of three, because three tell nothing. */
function longer(result: Result): Result {
  const again = <Value>(values: readonly Value[]): Value[] => [...values, ...values.slice(0, 1)];
  const arms = result.arms.map((arm) => ({ ...arm, rounds: 4, throughputByRound: again(arm.throughputByRound) }));
  return { ...result, arms, ceilings: result.ceilings.map((one) => ({ ...one, byRound: again(one.byRound) })) };
}

const passed = longer(passedResult());

describe('figures', () => {
  test('a run beside itself: every ratio is 1, nothing is told apart, nothing differs', () => {
    const comparison = compareRuns(stored(passed), stored(passed));
    expect(obstacles(comparison)).toEqual([]);
    expect([comparison.checks, comparison.expectations, comparison.onlyBefore, comparison.onlyAfter]).toEqual([
      [],
      [],
      [],
      [],
    ]);
    for (const { figures } of comparison.arms) {
      expect(figures.length).toBeGreaterThan(8);
      for (const { ratio, change } of figures) {
        expect(ratio).toBe(1);
        expect(['open', 'unknown']).toContain(change);
      }
    }
  });

  test('a change beyond the noise of the rounds is better or worse, one within it is neither', () => {
    expect(figure(passed, faster(passed, 1.2), 'throughputMsgPerS')).toMatchObject({
      change: 'better',
      better: 'higher',
    });
    expect(figure(passed, faster(passed, 0.8), 'throughputMsgPerS')).toMatchObject({ change: 'worse' });
    expect(figure(passed, faster(passed, 1.01), 'throughputMsgPerS')).toMatchObject({ change: 'open' });
    const slower = figure(passed, faster(passed, 0.8), 'throughputMsgPerS');
    expect(slower?.ratio).toBeCloseTo(0.8);
    expect(slower?.interval?.low).toBeLessThan(0.8);
    expect(slower?.interval?.high).toBeGreaterThan(0.8);
  });

  test('three rounds tell nothing: there is an interval, no word, and a note', () => {
    const short = passedResult();
    expect(figure(short, faster(short, 2), 'throughputMsgPerS')).toMatchObject({ change: 'unknown', ratio: 2 });
    expect(figure(short, faster(short, 2), 'throughputMsgPerS')?.interval?.low).toBeGreaterThan(1.8);
    const { notes } = compareRuns(stored(short), stored(passed));
    expect(notes.join(' ')).toContain(
      'With 3 rounds on a side an interval covers less than 95 %, and no figure is called',
    );
    expect(compareRuns(stored(passed), stored(passed)).notes.join(' ')).toContain(
      'With 4 rounds on a side an interval covers less than 95 %.',
    );
  });

  test('the share of the ceiling has an interval where every round has a ceiling', () => {
    expect(figure(passed, faster(passed, 1.2), 'ceilingFraction')).toMatchObject({ change: 'better' });
    const once = { ...passed, ceilings: passed.ceilings.map((ceiling) => ({ ...ceiling, byRound: [88_100] })) };
    expect(figure(once, faster(once, 1.2), 'ceilingFraction')).toMatchObject({ interval: null, change: 'unknown' });
  });

  test('latency and costs have a ratio and no interval', () => {
    const after = withArm(passed, {
      costs: { serverCpuUs: 2 },
      latencyUs: { p50: 48_200, p90: 1, p99: 1, p999: 1, max: 1 },
    });
    expect(figure(passed, after, 'latencyP50Us')).toMatchObject({
      before: 24_100,
      after: 48_200,
      ratio: 2,
      interval: null,
    });
    expect(figure(passed, after, 'walBytes')).toMatchObject({ before: 312.4, after: null, ratio: null });
  });

  test('with one round on a side the noise is not known, and that is said', () => {
    const once = withArm(passed, {
      rounds: 1,
      throughputByRound: [50_000],
      throughputMsgPerS: { median: 50_000, low: 50_000, high: 50_000 },
    });
    expect(figure(passed, once, 'throughputMsgPerS')).toMatchObject({ interval: null, change: 'unknown' });
    const { notes } = compareRuns(stored(passed), stored(once));
    expect(notes.join(' ')).toContain('its noise is not known');
  });

  test('a throughput of 0 has no ratio', () => {
    const none = withArm(passed, { throughputByRound: [0, 0, 0], throughputMsgPerS: { median: 0, low: 0, high: 0 } });
    expect(figure(none, passed, 'throughputMsgPerS')).toMatchObject({ before: 0, ratio: null, interval: null });
    const partly = withArm(passed, {
      throughputByRound: [0, 10, 20],
      throughputMsgPerS: { median: 10, low: 0, high: 20 },
    });
    expect(figure(passed, partly, 'throughputMsgPerS')).toMatchObject({ interval: null, change: 'unknown' });
  });
});

describe('no figure', () => {
  const reasonsOf = (after: Result) =>
    compareRuns(stored(passed), stored(after)).arms.map(({ noFigure }) => noFigure.after);

  test('of an arm whose proof does not hold: the other side is told alone', () => {
    const both = compareRuns(stored(sampleResult()), stored(passed));
    expect(both.onlyBefore).toEqual([
      'push created_at-cursor partitions=1000 synchronous_commit=off',
      'push poolSize=150',
    ]);
    const broken = withArm(passed, { verdict: 'invalid', throughputMsgPerS: null });
    expect(reasonsOf(broken)).toEqual(['its proof is invalid', null]);
    const [figures] = compareRuns(stored(passed), stored(broken)).arms.map((arm) => arm.figures);
    expect(figures?.every(({ after, ratio }) => after === null && ratio === null)).toBe(true);
    // A result that carries a figure all the same.
    const smuggled = withArm(passed, { verdict: 'invalid' });
    expect(figure(passed, smuggled, 'throughputMsgPerS')).toMatchObject({ after: null, ratio: null });
  });

  test('of a run that was profiled or interrupted', () => {
    const profile = { with: 'cpu', subject: 's', files: [], failure: null } as const;
    expect(reasonsOf({ ...passed, profile: { ...profile, files: [] } })).toEqual(
      Array(2).fill('it was measured under a profiler'),
    );
    expect(reasonsOf({ ...passed, verdict: 'interrupted' })).toEqual(Array(2).fill('the run was interrupted'));
  });

  test('where the load generator was the limit the figure is a bound, and there is no ratio', () => {
    const limited = withArm(passed, { inconclusive: 'busy' });
    const { arms, notes } = compareRuns(stored(passed), stored(limited));
    expect(arms[0]?.isLowerBound).toEqual({ before: false, after: true });
    expect(arms[0]?.figures[0]).toMatchObject({ name: 'throughputMsgPerS', after: 56_400, ratio: null });
    expect(notes.join(' ')).toContain('≥: the load generator was the limit');
  });
});

describe('what differs', () => {
  const { environment } = passed;
  const named = (change: Partial<Result['environment']>) => {
    const comparison = compareRuns(stored(passed), stored({ ...passed, environment: { ...environment, ...change } }));
    return { all: comparison.environment.map(({ name }) => name), bad: obstacles(comparison).map(({ name }) => name) };
  };

  test.each([
    [{ cpu: 'other' }, 'cpu'],
    [{ cores: 4 }, 'cores'],
    [{ node: 'v26.0.0' }, 'Node.js'],
    [{ postgres: 'PostgreSQL 19' }, 'PostgreSQL'],
    [{ provider: 'url' }, 'provider'],
    [{ maxConnections: null }, 'max_connections'],
    [{ memoryBytes: 2 * environment.memoryBytes }, 'memory'],
    [{ postgresSettings: { ...environment.postgresSettings, fsync: 'off' } }, 'setting fsync'],
    [{ postgresSettings: {} }, 'setting log_min_messages'],
  ] as const)('%j is an obstacle', (change, name) => {
    expect(named(change).bad).toContain(name);
  });

  test.each([
    [{ git: 'abc' }, ['git']],
    [{ os: 'Linux 7' }, ['operating system']],
    [{ target: 'http://x' }, ['target']],
    [{ memoryBytes: environment.memoryBytes * 1.01 }, []],
    [{ postgresSettings: { ...environment.postgresSettings, port: '36115' } }, []],
    [{ postgresSettings: { ...environment.postgresSettings, listen_addresses: '*' } }, ['setting listen_addresses']],
  ] as const)('%j is told at most', (change, all) => {
    expect(named(change)).toEqual({ all, bad: [] });
  });

  test('another scenario, and another parameter of an arm of the same name', () => {
    const other = compareRuns(stored(passed), stored({ ...passed, scenario: 'smoke' }));
    expect(obstacles(other).map(({ name }) => name)).toEqual(['scenario']);
    const changed = withArm(passed, { parameters: { ...passed.arms[0]?.parameters, 'server.workers': 4 } });
    expect(obstacles(compareRuns(stored(passed), stored(changed)))).toEqual([
      { name: 'push: server.workers', before: '2', after: '4', isHarmless: false },
    ]);
  });

  test('an arm of another name and the same parameters is the same arm', () => {
    const { arms, onlyAfter } = compareRuns(stored(passed), stored(withArm(passed, { name: 'push batch=100' })));
    expect([arms.map(({ name }) => name), onlyAfter]).toEqual([['push-legacy', 'push batch=100'], []]);
  });

  test('checks and expectations that changed, by the worst of their rounds', () => {
    const checks = passed.checks.map((check) =>
      check.name === 'accounting' && check.arm === 'push' && check.round === 2
        ? { ...check, verdict: 'invalid' as const }
        : check,
    );
    const expectations = passed.expectations.map((one) => ({ ...one, met: null }));
    const comparison = compareRuns(stored(passed), stored({ ...passed, checks, expectations }));
    expect(comparison.checks).toEqual([{ of: 'push: accounting', before: 'valid', after: 'invalid' }]);
    expect(comparison.expectations).toMatchObject([{ before: 'met', after: 'not known' }]);
    const fewer = { ...passed, checks: passed.checks.filter(({ name }) => name !== 'statuses') };
    expect(compareRuns(stored(passed), stored(fewer)).checks[0]).toEqual({
      of: 'push: statuses',
      before: 'valid',
      after: null,
    });
  });
});
