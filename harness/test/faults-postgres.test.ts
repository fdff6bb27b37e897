import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest';
import { FaultImpossible, type FaultTargets } from '../faults/fault.ts';
import { FAULT_INJECTORS } from '../faults/fault-kinds.ts';
import { startFaults } from '../faults/fault-schedule.ts';
import { askPostgres } from '../faults/postgres-answer.ts';
import type { FaultKind } from '../history/fault-record.ts';
import { monotonicUs } from '../measure/monotonic-clock.ts';
import type { PlannedFault } from '../scenario/faults-group.ts';
import { type FaultStand, startFaultStand } from './fault-stand.ts';

/** A server that failed over waits with back-off before it tries the database again. */
const SOON = { timeout: 20_000 };

let stand: FaultStand;

beforeAll(async () => {
  stand = await startFaultStand();
});

afterAll(async () => {
  await stand[Symbol.asyncDispose]();
});

test.each([
  ['postgres-kill', 'refuses', /^SIGKILL to all processes of PostgreSQL \(postmaster \d+\)$/],
  ['postgres-restart', 'refuses', /^fast shutdown of PostgreSQL \(postmaster \d+\)$/],
  ['postgres-pause', 'is silent', /^all processes of PostgreSQL paused \(postmaster \d+\)$/],
] as const)('%s: while it lasts a new connection %s; healed, the server goes on', async (kind, answer, detail) => {
  await vi.waitFor(async () => expect(await stand.push(`before ${kind}`)).toMatch(/queued|duplicate/), SOON);
  const fault = await stand.inject(kind);
  expect(fault.detail).toMatch(detail);
  expect(await askPostgres(stand.database.target)).toBe(answer);
  await fault.heal();
  expect(await askPostgres(stand.database.target, 5000)).toBe('answers');
  const stored = () => stand.query('select from queen.messages where transaction_id = $1', [`before ${kind}`]);
  expect(await stored()).toHaveLength(1);
  await vi.waitFor(async () => expect(await stand.push(`after ${kind}`)).toMatch(/queued|duplicate/), SOON);
});

test('what is down cannot be taken down: an error, and it can still be healed', async () => {
  const fault = await stand.inject('postgres-kill');
  await expect(stand.inject('postgres-restart')).rejects.toThrow('PostgreSQL is down already');
  await fault.heal();
  expect(await askPostgres(stand.database.target, 5000)).toBe('answers');
});

test.each(['postgres-kill', 'postgres-restart', 'postgres-pause'] as const)(
  '%s cannot be done to a server that is not ours, and says why',
  async (kind) => {
    const missing = { missing: 'a PostgreSQL behind a URL is not ours to stop' };
    const targets = { postgres: { ...stand.postgres, control: missing }, database: inject('postgres') };
    const order = { kind, count: undefined, between: 'database', bytesPerS: undefined, delayMs: undefined } as const;
    const impossible = FAULT_INJECTORS[kind](targets as FaultTargets, order);
    await expect(impossible).rejects.toThrow(new FaultImpossible(missing.missing));
  },
);

test('a schedule: planned faults happen and are healed, and after the last one the server goes on', async () => {
  // The test before this one has taken the server's sessions away.
  await vi.waitFor(async () => expect(await stand.push('before the schedule')).toMatch(/queued|duplicate/), SOON);
  const loadStartedUs = monotonicUs();
  const plan = (kind: FaultKind, atMs: number, forMs?: number): PlannedFault => ({
    kind,
    atMs: [atMs, atMs + 20],
    forMs: forMs === undefined ? undefined : [forMs, forMs],
    everyMs: undefined,
    count: 3,
    between: 'database',
    delayMs: undefined,
    bytesPerS: undefined,
  });
  const schedule = startFaults(
    [
      plan('backends-terminate', 0),
      plan('postgres-pause', 1000, 500),
      plan('table-lock', 3000),
      plan('postgres-kill', 60_000),
    ],
    stand.targets,
    { loadStartedUs, seed: 1, signal: new AbortController().signal },
  );
  const isLocked = "select from pg_locks where relation = 'queen.messages'::regclass and mode = 'ShareLock'";
  await vi.waitFor(async () => expect(await stand.query(isLocked)).toHaveLength(1), SOON);
  const records = await schedule.healAll();
  expect(await stand.query(isLocked)).toEqual([]);
  expect(records).toMatchObject([
    { kind: 'backends-terminate', outcome: 'injected' },
    { kind: 'postgres-pause', outcome: 'injected' },
    { kind: 'table-lock', outcome: 'injected' },
    { kind: 'postgres-kill', outcome: 'failed' },
  ]);
  const [, pause, lock, kill] = records;
  const { invokedUs = 0, injectedUs = 0, healInvokedUs = 0, healedUs = 0 } = pause ?? {};
  expect(invokedUs - loadStartedUs).toBeGreaterThanOrEqual(1_000_000);
  expect([injectedUs - invokedUs, healedUs - healInvokedUs].every((us) => us > 0)).toBe(true);
  expect(healInvokedUs - injectedUs).toBeGreaterThanOrEqual(490_000);
  expect(lock?.healedUs).toBeGreaterThan(lock?.injectedUs ?? 0);
  expect(kill?.detail).toMatch(/the load ended before its time/);
  await vi.waitFor(async () => expect(await stand.push('after the schedule')).toMatch(/queued|duplicate/), SOON);
});
