import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest';
import { FaultImpossible, type FaultTargets } from '../faults/fault.ts';
import { FAULT_INJECTORS } from '../faults/fault-kinds.ts';
import { askPostgres } from '../faults/postgres-answer.ts';
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
  ['postgres-pause', 'is silent', /^SIGSTOP to all processes of PostgreSQL \(postmaster \d+\)$/],
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
