import { describe, expect, test } from 'vitest';
import { CommandError } from '../cli/exit-code.ts';
import type { MeasuredResult } from '../report/measured-result.ts';
import { type Differences, type GitResult, measuredResults } from '../test/measured-results.ts';
import { passedResult } from '../test/sample-result.ts';
import { makeBaseline } from './baseline.ts';
import { decideAgainstBaseline } from './decide-against-baseline.ts';
import { DEFAULT_RULE, type GateRule } from './decision.ts';

const RULE: GateRule = { ...DEFAULT_RULE, required: [], minutesPerBlock: null };
const THEN = new Date('2026-11-01T10:00:00Z');
const NOW = new Date('2026-11-02T10:00:00Z');
const BASELINE = makeBaseline('main', measuredResults(6, THEN), THEN);

function against(differences: Differences, options = {}, count = 6) {
  return decideAgainstBaseline(measuredResults(count, NOW, differences), BASELINE, RULE, options);
}

describe('a baseline', () => {
  test('has ratios and deterministic costs of every arm, one value a run, and no CPU time', () => {
    const [push, legacy] = BASELINE.arms;
    expect(push?.ceilingFraction).toHaveLength(6);
    expect(push?.ratios).toEqual([{ denominator: 'push-legacy', values: expect.any(Array) }]);
    expect(Object.keys(push?.costs ?? {})).toEqual(['statements', 'walBytes']);
    expect(legacy?.ratios).toEqual([]);
    expect(BASELINE).toMatchObject({ scenario: 'push-vs-legacy', git: '0123456789ab', runs: 6 });
    // The port is another one in every run; it is not what a machine is told by.
    expect(BASELINE.machine.postgresSettings).toEqual({ shared_preload_libraries: 'pg_stat_statements' });
  });

  test('is made of whole results as runs give them', () => {
    const result = { ...passedResult(), arms: passedResult().arms.filter(({ verdict }) => verdict === 'valid') };
    const runs = [1, 2, 3].map((minute) => ({ ...result, startedAt: `2026-11-01T10:0${minute}:00Z` }));
    expect(makeBaseline('main', runs, THEN).arms.map(({ name }) => name)).toEqual(result.arms.map(({ name }) => name));
  });

  test.each<[string, readonly GitResult[], RegExp]>([
    ['too few runs', measuredResults(2, THEN), /at least 3 runs .* got 2/],
    ['no runs', [], /at least 3 runs/],
    ['a run that is there twice', repeated(measuredResults(3, THEN)), /is there twice/],
    ['a profiled run', measuredResults(3, THEN, { result: { profile: {} } }), /was profiled/],
    ['an invalid run', measuredResults(3, THEN, { result: { verdict: 'invalid' } }), /verdict is invalid/],
    ['an arm without proof', measuredResults(3, THEN, { arm: { verdict: 'unknown' } }), /push: its proof is unknown/],
    [
      'runs of two machines',
      [...measuredResults(3, THEN), ...measuredResults(1, NOW, { environment: { cores: 8 } })],
      /machines differ: number of cores \(2, then 8\)/,
    ],
    [
      'runs of two scenarios',
      [...measuredResults(3, THEN), ...measuredResults(1, NOW, { result: { scenario: 'smoke' } })],
      /it is of smoke/,
    ],
  ])('is refused for %s', (_, results, message) => {
    expect(() => makeBaseline('main', results, THEN)).toThrow(message);
  });

  test.each(['../main', 'a/b', '', '.hidden', 'main.json', 'x'.repeat(65)])('is not called %j', (name) => {
    expect(() => makeBaseline(name, measuredResults(3, THEN), THEN)).toThrow(CommandError);
  });
});

function repeated(results: readonly GitResult[]): readonly GitResult[] {
  return [...results, ...results.slice(0, 1)];
}

describe('held against a baseline', () => {
  test('runs of the same version pass', () => {
    const decision = against({});
    expect(decision).toMatchObject({ verdict: 'pass', needsConfirmation: false });
    expect(decision.metrics.map(({ arm, metric }) => `${arm} ${metric.name}`)).toEqual([
      'push ceilingFraction',
      'push ratio to push-legacy',
      'push statements',
      'push walBytes',
      'push-legacy ceilingFraction',
      'push-legacy statements',
      'push-legacy walBytes',
    ]);
  });

  test('a slower push fails by both its ratios', () => {
    const { verdict, metrics, reasons } = against({ speed: 0.85 });
    expect(verdict).toBe('fail');
    const failed = metrics.filter((metric) => metric.verdict === 'fail');
    expect(failed.map(({ metric }) => metric.name)).toEqual(['ceilingFraction', 'ratio to push-legacy']);
    expect(reasons[0]).toMatch(/^push: ceilingFraction 15 % lower \(ratio .*, 6 runs against 6\): a loss beyond/);
  });

  test('a cost fails by more than its 2 %, not by less', () => {
    expect(against({ wal: 1.025 }).verdict).toBe('fail');
    expect(against({ wal: 1.015 }).verdict).toBe('pass');
  });

  test('works on another machine, because ratios and costs are not of the machine', () => {
    expect(against({ environment: { cpu: 'another', cores: 8 } }).verdict).toBe('pass');
  });

  test('msg/s are compared when asked for, on the same machine only', () => {
    expect(against({}, { absolute: true }).metrics.map(({ metric }) => metric.name)).toContain('throughput');
    expect(() => against({ environment: { cores: 8 } }, { absolute: true })).toThrow(
      /^Msg\/s cannot be held against the baseline main: .* number of cores \(2, then 8\)/,
    );
    expect(() => against({ environment: { postgresSettings: { fsync: 'off' } } }, { absolute: true })).toThrow(
      /PostgreSQL settings \(shared_preload_libraries=pg_stat_statements, then fsync=off\)/,
    );
  });

  test.each<[string, Differences, RegExp]>([
    ['a profiled run', { result: { profile: {} } }, /was profiled/],
    ['an interrupted run', { result: { verdict: 'interrupted' } }, /verdict is interrupted/],
    ['an inconclusive run', { result: { verdict: 'inconclusive' } }, /verdict is inconclusive/],
    ['a run without proof', { result: { verdict: 'invalid' } }, /verdict is invalid/],
    ['a run of another scenario', { result: { scenario: 'smoke' } }, /is of smoke, and the baseline of push-vs-legacy/],
    ['a missing arm', { result: { arms: [] } }, /arm push of the baseline is missing/],
    ['an arm without proof', { arm: { verdict: 'invalid' } }, /push: its proof is invalid/],
    ['an arm limited by the generator', { arm: { inconclusive: 'the generator' } }, /push: the generator/],
    [
      'an arm with other parameters',
      { arm: { parameters: { 'load.route': 'push', 'load.batch': 1 } } },
      /push: load.batch was 100 in the baseline and is 1/,
    ],
    ['a missing ceiling', { arm: { ceilingFraction: null } }, /what was run now has it of 0 runs/],
    ['a missing cost', { arm: { costs: {} } }, /push: statements cannot be judged/],
    ['missing ratios', { result: { ratios: [] } }, /ratio to push-legacy cannot be judged/],
    ['a figure of 0', { arm: { costs: { statements: 0, walBytes: 450 } } }, /there is no ratio of 0/],
  ])('%s is never a pass', (_, differences, reason) => {
    const { verdict, reasons } = against(differences);
    expect(verdict).toBe('inconclusive');
    expect(reasons.join('\n')).toMatch(reason);
  });

  test('too few runs, and none, are never a pass', () => {
    expect(against({}, {}, 2)).toMatchObject({ verdict: 'inconclusive' });
    expect(against({}, {}, 0)).toMatchObject({ verdict: 'inconclusive', reasons: ['nothing was run'] });
    const repeatedRuns: readonly MeasuredResult[] = repeated(measuredResults(3, NOW));
    expect(decideAgainstBaseline(repeatedRuns, BASELINE, RULE).reasons[0]).toMatch('is there twice');
  });
});
