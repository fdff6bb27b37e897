import { describe, expect, test } from 'vitest';
import { passedResult, REFUSAL, sampleResult } from '../../test/sample-result.ts';
import type { Result } from '../result.ts';
import { renderJUnit, resultSuites } from './result-suites.ts';
import type { Outcome, TestCase } from './test-case.ts';

function casesOf(result: Result, suite: string): readonly TestCase[] {
  return resultSuites(result).find(({ name }) => name === suite)?.cases ?? [];
}

function outcomes(result: Result): readonly Outcome[] {
  return resultSuites(result).flatMap(({ cases }) => cases.map(({ outcome }) => outcome));
}

test('a suite for every arm with a case for every check of every round, then the expectations, then the verdict', () => {
  const suites = resultSuites(sampleResult()).map(({ name, cases }) => [name, cases.length]);
  expect(suites).toEqual([
    ['push', 15],
    ['push-legacy', 15],
    ['push created_at-cursor partitions=1000 synchronous_commit=off', 15],
    ['push poolSize=150', 1],
    ['expectations', 3],
    ['result', 1],
  ]);
  expect(casesOf(sampleResult(), 'push')[0]).toMatchObject({ name: 'accounting, round 1', outcome: 'passed' });
});

test('invalid is a failure with its witness, unknown an error, an expectation likewise', () => {
  const cases = casesOf(sampleResult(), 'push created_at-cursor partitions=1000 synchronous_commit=off');
  expect(cases.filter(({ outcome }) => outcome === 'failure').map(({ name }) => name)).toEqual([
    'accounting, round 1',
    'accounting, round 2',
  ]);
  expect(cases.find(({ outcome }) => outcome === 'failure')?.details[0]).toContain('message r3k9-120311');
  expect(cases.filter(({ outcome }) => outcome === 'error').map(({ name }) => name)).toEqual([
    'server-errors, round 3',
  ]);
  expect(casesOf(sampleResult(), 'expectations').map(({ outcome }) => outcome)).toEqual(['failure', 'passed', 'error']);
});

test('a refusal that was asked for is skipped, any other an error', () => {
  const sample = sampleResult();
  expect(casesOf(sample, 'push poolSize=150')).toMatchObject([
    { outcome: 'error', message: `the server refused to start: ${REFUSAL}` },
  ]);
  const expectations = [{ text: '"push poolSize=150".refused == true', met: true, observed: 'true' }];
  expect(casesOf({ ...sample, expectations }, 'push poolSize=150')[0]?.outcome).toBe('skipped');
});

describe('the file is green exactly when the run passed', () => {
  const passed = passedResult();
  const [arm, ...arms] = passed.arms;
  test('passed', () => expect(new Set(outcomes(passed))).toEqual(new Set(['passed'])));
  test.each(['interrupted', 'inconclusive', 'failed', 'invalid'] as const)(
    '%s, although every check is valid',
    (verdict) => {
      expect(new Set(outcomes({ ...passed, verdict, reasons: ['why'] })).size).toBe(2);
    },
  );
  test('an arm that nothing is known of', () => {
    const lone = { ...passed, checks: [] };
    expect(casesOf(lone, 'push')).toMatchObject([{ name: 'checks', outcome: 'error' }]);
  });
  test('an arm that the load generator limited', () => {
    const limited = { ...passed, arms: arm === undefined ? [] : [{ ...arm, inconclusive: 'busy' }, ...arms] };
    expect(casesOf(limited, 'push').at(-1)).toMatchObject({
      name: 'load generator',
      outcome: 'error',
      message: 'busy',
    });
  });
});

test('the time of the run is that of its verdict', () => {
  const text = renderJUnit({ ...sampleResult(), durationMs: 107_500 });
  expect(text).toMatch(/name="verdict"[^>]*time="107\.5"/);
  expect(text.match(/<testcase[^>]* time=/g)).toHaveLength(1);
});

test('the counts of the file are those of the cases', () => {
  const text = renderJUnit(sampleResult());
  // Two checks, an expectation and the verdict; a check, an expectation and the refusal.
  expect(text).toMatch(/<testsuites [^>]*name="push-vs-legacy"/);
  expect(/<testsuites [^>]*>/.exec(text)?.[0]).toMatch(/tests="50".*failures="4".*errors="3".*skipped="0"/);
});
