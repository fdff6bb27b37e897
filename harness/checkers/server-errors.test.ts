import { expect, test } from 'vitest';
import { CLEAN_COUNTERS, evidence, GOOD_LIFECYCLE, log } from '../test/checkers-evidence.ts';
import { checkServerErrors } from './server-errors.ts';

const missing = { missing: 'PostgreSQL keeps its own log' };

test('a quiet run is valid, and warnings are only counted', () => {
  const serverLog = log('server log', { severity: 'warning', count: 3 });
  expect(checkServerErrors(evidence({ serverLog }))).toMatchObject({
    verdict: 'valid',
    summary: 'no errors, 3 warnings',
    counts: { serverErrors: 0, serverWarnings: 3, postgresErrors: 0, postgresWarnings: 0, deadlocks: 0 },
    witness: [],
  });
});

test.each([
  ['4 errors in the server log', { serverLog: log('server log', { count: 3 }, { severity: 'fatal' }) }],
  ['1 errors in the PostgreSQL log', { postgresLog: log('PostgreSQL log', { severity: 'fatal' }) }],
  ['1 deadlocks', { databaseCounters: { ...CLEAN_COUNTERS, deadlocks: 1 } }],
  ['1 sessions ended by a fatal error', { databaseCounters: { ...CLEAN_COUNTERS, sessionsFatal: 1 } }],
  ['1 sessions killed', { databaseCounters: { ...CLEAN_COUNTERS, sessionsKilled: 1 } }],
  ['1 workers died', { lifecycle: { ...GOOD_LIFECYCLE, workersReplaced: 1 } }],
  ['signal SIGSEGV', { lifecycle: { ...GOOD_LIFECYCLE, earlyExit: 'signal SIGSEGV', exitCode: undefined } }],
  ['was killed', { lifecycle: { ...GOOD_LIFECYCLE, exitCode: undefined } }],
  ['exit code 7', { lifecycle: { ...GOOD_LIFECYCLE, exitCode: 7 } }],
  ['1 rollbacks', { postgresLog: missing, databaseCounters: { ...CLEAN_COUNTERS, rollbacks: 1 } }],
])('a violation is told: %s', (words, more) => {
  expect(checkServerErrors(evidence(more))).toMatchObject({
    verdict: 'invalid',
    summary: expect.stringContaining(words),
  });
});

test('the most frequent errors are shown, warnings are not', () => {
  const serverLog = log(
    'server log',
    { class: 'rare' },
    { class: 'often', count: 9 },
    { class: 'w', severity: 'warning' },
  );
  expect(checkServerErrors(evidence({ serverLog })).witness).toEqual([
    'server log: 9 × error often: something',
    'server log: 1 × error rare: something',
  ]);
});

test('where PostgreSQL keeps its log, the counters judge alone and the summary says so', () => {
  expect(checkServerErrors(evidence({ postgresLog: missing }))).toMatchObject({
    verdict: 'valid',
    summary: 'no errors, 0 warnings (by pg_stat_database alone: PostgreSQL keeps its own log)',
  });
});

test.each([
  ['neither log nor counters of PostgreSQL', { postgresLog: missing, databaseCounters: missing }],
  ['no server log', { serverLog: missing }],
  ['no lifecycle', { lifecycle: missing }],
  ['a server that never listened', { lifecycle: { ...GOOD_LIFECYCLE, startedOnce: false } }],
])('%s: unknown', (_what, more) => {
  expect(checkServerErrors(evidence(more))).toMatchObject({ verdict: 'unknown' });
});
