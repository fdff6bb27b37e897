import { expect, test } from 'vitest';
import { CLEAN_COUNTERS, connections, evidence, log, sample } from '../test/checkers-evidence.ts';
import { checkPoolHygiene } from './pool-hygiene.ts';

test('clean connections are valid, short idleness inside a transaction included', () => {
  expect(checkPoolHygiene(evidence())).toMatchObject({
    verdict: 'valid',
    counts: { samplesWithAborted: 0, longestIdleInTransactionMs: 12, outOfTurn: 0, rollbacks: 0, sessionsAbandoned: 0 },
    witness: [],
  });
});

const outOfTurn = (source: string, text: string) => log(source, { class: text, example: text, severity: 'warning' });

test.each([
  [
    'aborted transaction',
    { connections: connections({ samples: [sample(0), sample(100, { idleInTransactionAborted: 1 })] }) },
  ],
  [
    'idle in a transaction for 1001 ms',
    { connections: connections({ samples: [sample(0, { longestIdleInTransactionMs: 1001 })] }) },
  ],
  ['2 unexpected rollbacks', { databaseCounters: { ...CLEAN_COUNTERS, rollbacks: 2 } }],
  ['1 sessions were dropped', { databaseCounters: { ...CLEAN_COUNTERS, sessionsAbandoned: 1 } }],
  ['already in progress', { serverLog: outOfTurn('server log', 'another command is already in progress') }],
  [
    'already executing',
    { serverLog: outOfTurn('server log', 'Calling client.query() when the client is already executing a query') },
  ],
  [
    'already a transaction',
    { postgresLog: outOfTurn('PostgreSQL log', '25001 there is already a transaction in progress') },
  ],
  ['no transaction', { postgresLog: outOfTurn('PostgreSQL log', '25P01 there is no transaction in progress') }],
])('a violation is told: %s', (words, more) => {
  expect(checkPoolHygiene(evidence(more))).toMatchObject({
    verdict: 'invalid',
    summary: expect.stringContaining(words),
  });
});

test('an attempt to connect that was given up may have left a session behind, and no more than one', () => {
  const serverLog = outOfTurn('server log', 'could not open a database connection, trying again: timeout expired');
  const judge = (sessionsAbandoned: number) =>
    checkPoolHygiene(evidence({ serverLog, databaseCounters: { ...CLEAN_COUNTERS, sessionsAbandoned } }));
  expect(judge(1)).toMatchObject({ verdict: 'valid', counts: { sessionsAbandoned: 1 } });
  expect(judge(2)).toMatchObject({ verdict: 'invalid', summary: '1 sessions were dropped without a goodbye' });
});

test('a PostgreSQL log that nobody can read is made up for by the counters, and only by them', () => {
  const postgresLog = { missing: 'behind a URL' };
  expect(checkPoolHygiene(evidence({ postgresLog }))).toMatchObject({ verdict: 'valid' });
  const databaseCounters = { missing: 'it was gone' };
  expect(checkPoolHygiene(evidence({ postgresLog, databaseCounters }))).toMatchObject({ verdict: 'unknown' });
});

test.each(['connections', 'serverLog', 'databaseCounters'] as const)('no %s: unknown', (name) => {
  expect(checkPoolHygiene(evidence({ [name]: { missing: 'it was gone' } }))).toMatchObject({
    verdict: 'unknown',
    summary: 'cannot be judged: it was gone',
  });
});
