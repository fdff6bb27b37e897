import { expect, test } from 'vitest';
import type { LogProblem } from '../history/evidence.ts';
import { FAULT_KINDS, type FaultKind } from '../history/fault-record.ts';
import {
  CLEAN_COUNTERS,
  connections,
  evidence,
  fault,
  GOOD_LIFECYCLE,
  linesAt,
  log,
  sample,
} from '../test/checkers-evidence.ts';
import { checkConnections } from './connections.ts';
import { RECOVERY_MS } from './excuses.ts';
import { checkPoolHygiene } from './pool-hygiene.ts';
import { checkServerErrors } from './server-errors.ts';

/** The fault of these tests is in effect from 1 to 3 s of the run. */
const [FROM, TO] = [1000, 3000];
const IN_TIME = 2000;
const TOO_EARLY = FROM - 500;
const TOO_LATE = TO + RECOVERY_MS + 500;

type Where = 'server log' | 'PostgreSQL log';

function withLines(where: Where, shape: string, lines: Pick<LogProblem, 'count' | 'spans'>) {
  const findings = log(where, { class: shape, example: shape, ...lines });
  return where === 'server log' ? { serverLog: findings } : { postgresLog: findings };
}

const LOST = 'request failed: The database connection was lost.: Connection terminated unexpectedly';
const ADMIN = '57P01 terminating connection due to administrator command';
const STARTING = '57P03 the database system is starting up';
const LOCK = '55P03 canceling statement due to lock timeout';
const FULL = '53300 sorry, too many clients already';
const IDLE = '25P03 terminating connection due to idle-in-transaction timeout';

const MUST_CAUSE: readonly (readonly [FaultKind, Where, string])[] = [
  ['postgres-kill', 'server log', LOST],
  ['postgres-kill', 'server log', 'ECONNREFUSED request failed: connect ECONNREFUSED #.#.#.#:#'],
  ['postgres-kill', 'PostgreSQL log', STARTING],
  ['postgres-kill', 'PostgreSQL log', '57P01 terminating connection due to unexpected postmaster exit'],
  ['postgres-pause', 'server log', 'PostgreSQL does not answer any more; cutting all connections'],
  ['postgres-pause', 'PostgreSQL log', '57014 canceling statement due to statement timeout'],
  ['postgres-restart', 'PostgreSQL log', ADMIN],
  [
    'postgres-restart',
    'PostgreSQL log',
    '00000 background worker "logical replication launcher" (PID #) exited with exit code #',
  ],
  ['backends-terminate', 'server log', `57P01 legacy push failed: ${ADMIN.slice(6)}`],
  ['connections-taken', 'PostgreSQL log', FULL],
  ['row-lock', 'server log', LOCK],
  ['table-lock', 'PostgreSQL log', LOCK],
  ['slow-queries', 'PostgreSQL log', '57014 canceling statement due to statement timeout'],
  ['network-cut', 'server log', LOST],
  ['network-black-hole', 'PostgreSQL log', IDLE],
  ['server-pause', 'PostgreSQL log', IDLE],
  ['buffer-disk-full', 'server log', 'ENOSPC could not write to the file buffer: ENOSPC: no space left on device'],
];

test.each(MUST_CAUSE)('%s excuses what it must cause in the %s, in its time alone: %s', (kind, where, shape) => {
  const faults = [fault(kind, FROM, TO)];
  const judge = (...times: readonly number[]) =>
    checkServerErrors(evidence({ faults, ...withLines(where, shape, linesAt(3, ...times)) }));
  expect(judge(IN_TIME, TO + RECOVERY_MS - 500)).toMatchObject({ verdict: 'valid', counts: { excusedErrors: 6 } });
  expect(judge(TOO_EARLY, IN_TIME)).toMatchObject({ verdict: 'invalid', summary: `3 errors in the ${where}` });
  expect(judge(IN_TIME, TOO_LATE)).toMatchObject({ verdict: 'invalid', summary: `3 errors in the ${where}` });
  expect(checkServerErrors(evidence(withLines(where, shape, linesAt(1, IN_TIME))))).toMatchObject({
    verdict: 'invalid',
  });
});

test.each([
  '40P01 deadlock detected',
  '00000 server process (PID #) was terminated by signal #: Segmentation fault',
  'another command is already in progress',
  // Whatever else the line says.
  'legacy push failed: The database connection was lost.: another command is already in progress',
  '00000 background worker "logical replication launcher" (PID #) was terminated by signal #: Segmentation fault',
  'XX000 PANIC',
  '23505 duplicate key value violates unique constraint "messages_transaction_key"',
  'TypeError: undefined is not a function',
  'other',
])('no fault excuses this: %s', (shape) => {
  for (const kind of FAULT_KINDS) {
    const faults = [fault(kind, FROM, TO)];
    for (const where of ['server log', 'PostgreSQL log'] as const) {
      const result = checkServerErrors(evidence({ faults, ...withLines(where, shape, linesAt(1, IN_TIME)) }));
      expect(result, kind).toMatchObject({ verdict: 'invalid' });
    }
  }
});

test.each(['maintenance', 'held-xmin', 'server-terminate', 'server-kill'] as const)(
  '%s excuses no error at all',
  (kind) => {
    for (const shape of [LOST, ADMIN, STARTING, LOCK, FULL]) {
      const lines = withLines('server log', shape, linesAt(1, IN_TIME));
      expect(checkServerErrors(evidence({ faults: [fault(kind, FROM, TO)], ...lines }))).toMatchObject({
        verdict: 'invalid',
      });
    }
  },
);

test('locks do not excuse a lost connection, nor an outage a lock that was not had', () => {
  const judge = (kind: FaultKind, shape: string) =>
    checkServerErrors(
      evidence({ faults: [fault(kind, FROM, TO)], ...withLines('server log', shape, linesAt(1, IN_TIME)) }),
    ).verdict;
  expect(judge('row-lock', LOST)).toBe('invalid');
  expect(judge('postgres-kill', LOCK)).toBe('invalid');
  expect(judge('network-cut', FULL)).toBe('invalid');
});

test('a fault that could not be done excuses nothing, one on the side of the clients nothing of the database', () => {
  const lines = withLines('server log', LOST, linesAt(1, IN_TIME));
  const judge = (more: Parameters<typeof fault>[3]) =>
    checkServerErrors(evidence({ faults: [fault('network-cut', FROM, TO, more)], ...lines })).verdict;
  expect(judge({})).toBe('valid');
  expect(judge({ outcome: 'impossible' })).toBe('invalid');
  expect(judge({ between: 'clients' })).toBe('invalid');
});

test('lines without a time are not excused', () => {
  const lines = withLines('server log', LOST, { count: 2, spans: [] });
  expect(checkServerErrors(evidence({ faults: [fault('postgres-kill', FROM, TO)], ...lines }))).toMatchObject({
    verdict: 'invalid',
    summary: '2 errors in the server log',
  });
});

test('a fault that never healed lasts to the end', () => {
  const faults = [fault('postgres-kill', FROM, TO, { healInvokedUs: undefined, healedUs: undefined })];
  expect(checkServerErrors(evidence({ faults, ...withLines('server log', LOST, linesAt(1, TOO_LATE)) })).verdict).toBe(
    'valid',
  );
});

test('terminated sessions are excused by number, in the log and in the counters', () => {
  const faults = [
    fault('backends-terminate', FROM, TO, { count: 5 }),
    fault('backends-terminate', 2500, TO, { count: 2 }),
  ];
  const judge = (lines: number, sessionsKilled: number) =>
    checkServerErrors(
      evidence({
        faults,
        databaseCounters: { ...CLEAN_COUNTERS, sessionsKilled, rollbacks: sessionsKilled },
        ...withLines('PostgreSQL log', ADMIN, linesAt(lines, IN_TIME)),
      }),
    );
  // At 2 s only the first has begun.
  expect(judge(5, 7).verdict).toBe('valid');
  expect(judge(6, 7)).toMatchObject({ verdict: 'invalid', summary: '1 errors in the PostgreSQL log' });
  expect(judge(5, 8)).toMatchObject({ verdict: 'invalid', summary: '1 sessions killed' });
});

test('a stretch of lines that two faults have caused between them is excused by both', () => {
  const faults = [
    fault('backends-terminate', FROM, FROM, { count: 5 }),
    fault('backends-terminate', 2500, 2500, { count: 5 }),
  ];
  const epochMs = evidence().clock.epochMs;
  const spanOf = (count: number) => [{ fromMs: epochMs + 2400, toMs: epochMs + 2520, count }];
  const judge = (count: number) =>
    checkServerErrors(evidence({ faults, ...withLines('PostgreSQL log', ADMIN, { count, spans: spanOf(count) }) }));
  expect(judge(10).verdict).toBe('valid');
  expect(judge(11)).toMatchObject({ verdict: 'invalid', summary: '1 errors in the PostgreSQL log' });
});

test('the number is that of all lines together, of whatever class', () => {
  const shapes = [ADMIN, '57P01 terminating background worker due to administrator command'];
  const lines = shapes.map((shape) => ({ class: shape, example: shape, ...linesAt(3, IN_TIME) }));
  const judge = (count: number) =>
    checkServerErrors(
      evidence({
        faults: [fault('backends-terminate', FROM, TO, { count })],
        postgresLog: log('PostgreSQL log', ...lines),
      }),
    );
  expect(judge(6).verdict).toBe('valid');
  expect(judge(5)).toMatchObject({ verdict: 'invalid', summary: '1 errors in the PostgreSQL log' });
});

test('a killed worker excuses one replacement and one line', () => {
  const faults = [fault('worker-kill', FROM, FROM)];
  const judge = (count: number, workersReplaced: number) =>
    checkServerErrors(
      evidence({
        faults,
        lifecycle: { ...GOOD_LIFECYCLE, workersReplaced },
        ...withLines('server log', 'worker died', linesAt(count, IN_TIME)),
      }),
    );
  expect(judge(1, 1).verdict).toBe('valid');
  expect(judge(1, 2)).toMatchObject({ verdict: 'invalid', summary: '1 workers died and were replaced' });
  expect(judge(2, 1)).toMatchObject({ verdict: 'invalid', summary: '1 errors in the server log' });
});

test('counters that a crash set to zero are judged when the crash was ours, and accused when not', () => {
  const databaseCounters = { ...CLEAN_COUNTERS, resetByCrash: true };
  expect(checkServerErrors(evidence({ databaseCounters, faults: [fault('postgres-kill', FROM, TO)] })).verdict).toBe(
    'valid',
  );
  for (const faults of [[], [fault('backends-terminate', FROM, TO)]]) {
    expect(checkServerErrors(evidence({ databaseCounters, faults }))).toMatchObject({
      verdict: 'invalid',
      summary: expect.stringContaining('crashed'),
    });
  }
});

test.each([
  // All that the samples show the server to have: 45 + 31 + 1.
  ['server-kill', 'sessionsAbandoned', 77],
  ['postgres-pause', 'sessionsAbandoned', 77],
  ['worker-kill', 'rollbacks', 77],
  ['backends-terminate', 'rollbacks', 3],
  ['row-lock', 'rollbacks', 3],
  ['postgres-kill', 'rollbacks', 0],
  ['maintenance', 'sessionsAbandoned', 0],
  ['server-terminate', 'sessionsAbandoned', 0],
] as const)('%s excuses of %s %i and not one more', (kind, counter, most) => {
  const judge = (count: number) =>
    checkPoolHygiene(
      evidence({
        faults: [fault(kind, FROM, TO, { count: 3 })],
        databaseCounters: { ...CLEAN_COUNTERS, [counter]: count },
      }),
    ).verdict;
  expect(judge(most)).toBe('valid');
  expect(judge(most + 1)).toBe('invalid');
});

test('each statement that waited too long rolls back once', () => {
  const judge = (rollbacks: number) =>
    checkPoolHygiene(
      evidence({
        faults: [fault('slow-queries', FROM, TO)],
        databaseCounters: { ...CLEAN_COUNTERS, rollbacks },
        ...withLines('PostgreSQL log', LOCK, linesAt(4, IN_TIME)),
      }),
    ).verdict;
  expect(judge(4)).toBe('valid');
  expect(judge(5)).toBe('invalid');
});

test('a session may be idle in a transaction while one of its ends is halted, in a failed one never', () => {
  const judge = (kind: FaultKind, more: Parameters<typeof sample>[1]) =>
    checkPoolHygiene(
      evidence({
        faults: [fault(kind, FROM, TO)],
        connections: connections({ samples: [sample(0), sample(IN_TIME, more)] }),
      }),
    ).verdict;
  expect(judge('server-pause', { longestIdleInTransactionMs: 5000 })).toBe('valid');
  expect(judge('network-black-hole', { longestIdleInTransactionMs: 5000 })).toBe('valid');
  expect(judge('backends-terminate', { longestIdleInTransactionMs: 5000 })).toBe('invalid');
  for (const kind of FAULT_KINDS) expect(judge(kind, { idleInTransactionAborted: 1 }), kind).toBe('invalid');
});

test('nobody can look while PostgreSQL is away; a gap at another time, or for another fault, is not excused', () => {
  const judge = (kind: FaultKind, fromMs: number, toMs: number) => {
    const times = [0, 100, 200, 300, 400, fromMs, toMs, toMs + 100];
    const gaps = [{ fromMs, toMs, reason: 'connect ECONNREFUSED' }];
    const seen = connections({ samples: times.map((atMs) => sample(atMs)), gaps });
    return checkConnections(evidence({ faults: [fault(kind, 450, TO)], connections: seen }));
  };
  expect(judge('postgres-kill', 450, 3500).verdict).toBe('valid');
  expect(judge('postgres-pause', 430, 3500).verdict).toBe('valid');
  expect(judge('backends-terminate', 450, 3500)).toMatchObject({
    verdict: 'unknown',
    summary: expect.stringContaining('ECONNREFUSED'),
  });
  expect(judge('postgres-kill', TOO_LATE, TOO_LATE + 1000).verdict).toBe('unknown');
  // However short, it has to have a reason.
  expect(judge('server-kill', 450, 460).verdict).toBe('unknown');
});

test('sessions that PostgreSQL still keeps after a silence are not held against the budget', () => {
  const judge = (kind: FaultKind, atMs: number) => {
    const samples = [0, 100, 200, 300].map((at) => sample(at));
    const more = { samples: [...samples, sample(atMs, { async: 60, total: 95 })], sampleIntervalMs: 100_000 };
    return checkConnections(evidence({ faults: [fault(kind, FROM, TO)], connections: connections(more) })).verdict;
  };
  expect(judge('network-black-hole', 3200)).toBe('valid');
  expect(judge('postgres-pause', 3200)).toBe('valid');
  expect(judge('network-black-hole', TOO_EARLY)).toBe('invalid');
  expect(judge('network-cut', 3200)).toBe('invalid');
});

test('no slot is left while they are taken: excused then, and only then', () => {
  const judge = (kind: FaultKind, atMs: number) =>
    checkConnections(
      evidence({
        faults: [fault(kind, FROM, TO)],
        serverLog: log('server log', { class: FULL, severity: 'warning', example: FULL, ...linesAt(2, atMs) }),
      }),
    ).verdict;
  expect(judge('connections-taken', IN_TIME)).toBe('valid');
  expect(judge('connections-taken', TOO_EARLY)).toBe('invalid');
  expect(judge('postgres-kill', IN_TIME)).toBe('invalid');
});
