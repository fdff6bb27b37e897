import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest';
import { maintenance } from '../faults/maintenance-fault.ts';
import { networkCut } from '../faults/network-faults.ts';
import { serverKill, serverPause, serverTerminate, workerKill } from '../faults/server-faults.ts';
import type { LoadProgress } from '../load/load-outcome.ts';
import { withAdminSession } from '../postgres/admin-session.ts';
import { isProcessRunning } from '../postgres/process-state.ts';
import { FaultTrial, PLAIN_ORDER } from './fault-trial.ts';

/** Bound on waiting for something that must happen soon; only a broken product ever waits that long. */
const SOON = Object.freeze({ timeout: 10_000, interval: 10 });
const DATABASE = 'server_faults_test';
const admin = inject('postgres');
const database = { ...admin, database: DATABASE };

beforeAll(() => withAdminSession(admin, (client) => client.query(`create database ${DATABASE}`)));

afterAll(() => withAdminSession(admin, (client) => client.query(`drop database ${DATABASE} with (force)`)));

const untilErrors = (reports: () => readonly LoadProgress[]) =>
  vi.waitFor(() => expect(reports().at(-1)?.errors).toBeGreaterThan(0), SOON);

const untilMoreAcknowledged = async (reports: () => readonly LoadProgress[]) => {
  const before = reports().length;
  const acknowledged = () =>
    reports()
      .slice(before)
      .map((report) => report.acknowledged);
  await vi.waitFor(() => expect(acknowledged().at(-1)).toBeGreaterThan(acknowledged()[0] ?? Number.NaN), SOON);
};

const untilReported = (reports: () => readonly LoadProgress[]) =>
  vi.waitFor(() => expect(reports().length).toBeGreaterThan(2), SOON);

async function lineOf(pid: number, name: string): Promise<string> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return status.split('\n').find((line) => line.startsWith(`${name}:`)) ?? '';
}

test.each([
  ['killed', serverKill, undefined],
  ['terminated', serverTerminate, 0],
] as const)(
  'a server %s under load is gone, and comes back at its port with all it promised',
  async (_, fault, exitCode) => {
    await using trial = await FaultTrial.start(database);
    const { server } = trial;
    const [url, pids] = [server.baseUrl, [server.pid, ...server.workerPids()]];
    const outcome = await trial.loadThrough(
      () => fault(trial.targets),
      async (reports) => {
        expect(await Promise.all(pids.map(isProcessRunning))).toEqual(pids.map(() => false));
        await expect(fetch(url)).rejects.toThrow();
        await untilErrors(reports);
      },
    );
    expect(server.baseUrl).toBe(url);
    expect(pids).not.toContain(server.pid);
    expect(server.lifecycle).toMatchObject({ earlyExit: undefined, endedOnPurpose: 1, restarts: 1, exitCode });
    expect((await trial.proof(outcome)).queued).toBeGreaterThan(0);
  },
);

test('what was buffered when the server was killed is stored when it is back, with the same key', async () => {
  await using trial = await FaultTrial.start(database);
  const { server } = trial;
  const configured = await fetch(`${server.baseUrl}/api/v1/configure`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ queue: 'q', options: { encryptionEnabled: true } }),
  });
  expect(configured.status).toBeLessThan(300);
  const outcome = await trial.loadThrough(
    () => networkCut(trial.targets, { ...PLAIN_ORDER, between: 'database' }),
    async (reports) => {
      await vi.waitFor(async () => expect((await trial.pushed('probe')).status).toBe('buffered'), SOON);
      await untilMoreAcknowledged(reports);
      const killed = await serverKill(trial.targets);
      await killed.heal();
    },
  );
  expect((await trial.proof(outcome)).buffered).toBeGreaterThan(0);
  const popped = await fetch(`${server.baseUrl}/api/v1/pop/queue/q?batch=10&autoAck=true`);
  const { messages } = (await popped.json()) as { readonly messages: readonly { readonly data: unknown }[] };
  expect(messages.length).toBeGreaterThan(0);
  // Another key could not have decrypted what the first server wrote.
  for (const { data } of messages) expect(data === 'probe' || typeof data === 'object').toBe(true);
});

test('a paused server answers nothing and is not told apart from a slow one; then it goes on', async () => {
  await using trial = await FaultTrial.start(database);
  const { server } = trial;
  const pids = [server.pid, ...server.workerPids()];
  const outcome = await trial.loadThrough(
    () => serverPause(trial.targets),
    async (reports) => {
      const states = await Promise.all(pids.map((pid) => lineOf(pid, 'State')));
      expect(states).toEqual(pids.map(() => expect.stringContaining('stopped')));
      await untilReported(reports);
      const acknowledged = reports()
        .slice(1)
        .map((report) => report.acknowledged);
      expect(new Set(acknowledged).size).toBe(1);
    },
  );
  expect(server.lifecycle).toMatchObject({ earlyExit: undefined, endedOnPurpose: 0, restarts: 0 });
  expect(Object.keys(await trial.proof(outcome))).toEqual(['queued']);
});

test('a killed worker is one of two, and is replaced', async () => {
  await using trial = await FaultTrial.start(database);
  const { server } = trial;
  const before = server.workerPids();
  const outcome = await trial.loadThrough(
    () => workerKill(trial.targets),
    async () => expect(server.workerPids()).toEqual(before.slice(0, 1)),
  );
  const after = server.workerPids();
  expect(after).toHaveLength(2);
  expect(after).toContain(before[0]);
  expect(server.lifecycle).toMatchObject({ earlyExit: undefined, workersKilled: 1, workersReplaced: 1 });
  expect((await trial.proof(outcome)).queued).toBeGreaterThan(0);
});

test('maintenance mode buffers what is pushed, and when it heals the buffer is empty', async () => {
  await using trial = await FaultTrial.start(database);
  const outcome = await trial.loadThrough(
    () => maintenance(trial.targets),
    () => vi.waitFor(async () => expect(await trial.buffered()).toBeGreaterThan(0), SOON),
  );
  expect((await trial.pushed('after')).status).toBe('queued');
  const counts = await trial.proof(outcome);
  expect(counts.buffered).toBeGreaterThan(0);
  expect(Object.keys(counts).sort()).toEqual(['buffered', 'queued']);
});

test('maintenance mode cannot be switched on without PostgreSQL; that it heals waits for PostgreSQL', async () => {
  await using trial = await FaultTrial.start(database);
  const fault = await maintenance(trial.targets);
  await trial.links.database.set({ state: 'cut' });
  await expect(maintenance(trial.targets)).rejects.toThrow('answered with HTTP 503');
  const healed = fault.heal();
  await trial.links.database.set({ state: 'open' });
  await healed;
  await trial.untilDirect();
});
