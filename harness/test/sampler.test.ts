import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, expect, inject, test, vi } from 'vitest';
import { monotonicUs } from '../measure/monotonic-clock.ts';
import { withAdminSession } from '../postgres/admin-session.ts';
import { countServerSessions, startConnectionSampler } from '../target/connection-sampler.ts';
import { countersBetween, readDatabaseCounters } from '../target/database-counters.ts';

const SOON = { timeout: 20_000 };
const DATABASE = 'sampler_test';
const admin = inject('postgres');
const open: Client[] = [];

beforeAll(() => withAdminSession(admin, (client) => client.query(`create database ${DATABASE}`)));
afterAll(() => withAdminSession(admin, (client) => client.query(`drop database ${DATABASE}`)));
afterEach(closeSessions);

async function session(applicationName: string, database: string = DATABASE): Promise<Client> {
  const client = new Client({ ...admin, database, application_name: applicationName });
  client.on('error', () => undefined);
  await client.connect();
  open.push(client);
  return client;
}

async function closeSessions(): Promise<void> {
  await Promise.all(open.splice(0).map((client) => client.end()));
  // The next test counts again: wait until PostgreSQL has seen them go.
  await vi.waitFor(async () => expect(await countServerSessions(admin, DATABASE, 0)).toBe(0));
}

function sampler(intervalMs: number, database: string = admin.database) {
  return startConnectionSampler(
    { ...admin, database },
    { intervalMs, databaseName: DATABASE, startedUs: monotonicUs() },
  );
}

test('sessions are told apart by pool, and the broken transactions among them are seen', async () => {
  await using sampling = await sampler(10);
  await session('queueproof/async/1');
  const inTransaction = await session('queueproof/async/2');
  const aborted = await session('queueproof/regular/1');
  await session('queueproof/control/0');
  await session('psql');
  await session('queueproof/async/1', admin.database);
  await inTransaction.query('begin');
  await aborted.query('begin');
  await expect(aborted.query('select 1/0')).rejects.toThrow('division by zero');

  await vi.waitFor(() => {
    expect(sampling.series.samples.at(-1)).toMatchObject({
      async: 2,
      regular: 1,
      control: 1,
      // In the run's own database, whatever its name: nobody but the server can have opened it.
      unnamed: 1,
      idleInTransaction: 1,
      idleInTransactionAborted: 1,
    });
  });
  const { samples, gaps } = await sampling.stop();
  expect(gaps).toEqual([]);
  const groups = sampling.activity.at(-1)?.groups ?? [];
  const idle = { waitType: 'Client', waitEvent: 'ClientRead' };
  expect(groups).toContainEqual({ state: 'idle in transaction', ...idle, sessions: 1 });
  // Its own and those of the harness are not the server's.
  expect(groups.reduce((sum, { sessions }) => sum + sessions, 0)).toBe(5);
  expect(sampling.activity.map(({ atMs }) => atMs)).toEqual(samples.map(({ atMs }) => atMs));
  const last = samples.at(-1);
  // Tests in other files use the same cluster, so these have no exact number.
  expect(last?.harness).toBeGreaterThanOrEqual(1);
  expect(last?.foreign).toBeGreaterThanOrEqual(1);
  expect(last?.total).toBeGreaterThanOrEqual(7);
  expect(last?.longestIdleInTransactionMs).toBeGreaterThanOrEqual(0);
  expect(last?.longestIdleInTransactionMs).toBeLessThan(60_000);
});

test('the series keeps its interval, is in order, and ends when it is stopped', async () => {
  const sampling = await sampler(20);
  await sleep(300);
  const { samples } = await sampling.stop();
  const times = samples.map(({ atMs }) => atMs);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  expect(times.length).toBeGreaterThan(2);
  expect(times.length).toBeLessThanOrEqual(16);
  await sleep(60);
  expect(sampling.series.samples).toHaveLength(samples.length);
});

test('a sampler that loses its connection tells the gap and goes on looking', async () => {
  const sampling = await sampler(10, DATABASE);
  await vi.waitFor(() => expect(sampling.series.samples).not.toHaveLength(0), SOON);
  await withAdminSession(admin, (client) =>
    client.query(
      `select pg_terminate_backend(pid)
         from pg_stat_activity
        where application_name = 'queueproof-harness' and datname = $1`,
      [DATABASE],
    ),
  );
  await vi.waitFor(() => expect(sampling.series.gaps).toHaveLength(1), SOON);
  const [gap] = sampling.series.gaps;
  await vi.waitFor(() => expect(sampling.series.samples.at(-1)?.atMs).toBeGreaterThan(gap?.toMs ?? 0), SOON);
  const { samples, gaps } = await sampling.stop();
  expect(gaps).toMatchObject([{ reason: expect.stringContaining('could not be sampled') }]);
  expect(samples.filter(({ atMs }) => atMs > (gap?.fromMs ?? 0) && atMs < (gap?.toMs ?? 0))).toEqual([]);
});

test('a gap that is open at the end lasts to the end, with the reason', async () => {
  const options = { intervalMs: 10, databaseName: 'no\u0000name', startedUs: monotonicUs() };
  const sampling = await startConnectionSampler(admin, options);
  await vi.waitFor(() => expect(sampling.series.gaps).not.toHaveLength(0), SOON);
  const { samples, gaps } = await sampling.stop();
  expect(samples).toEqual([]);
  expect(gaps).toMatchObject([{ reason: expect.stringContaining('invalid byte') }]);
  expect(gaps[0]?.toMs).toBeGreaterThan(gaps[0]?.fromMs ?? 0);
});

test('sessions of the server that stay behind are counted', async () => {
  await session('queueproof/async/1');
  await session('psql');
  expect(await countServerSessions(admin, DATABASE, 50)).toBe(2);
  await closeSessions();
  expect(await countServerSessions(admin, DATABASE)).toBe(0);
});

test('the counters of a run are whole once its sessions are gone', async () => {
  const before = await readDatabaseCounters(admin, DATABASE);
  const good = await session('queueproof/async/1');
  const bad = await session('queueproof/async/2');
  for (let commit = 0; commit < 10; commit += 1) await good.query('select 1');
  await good.query('begin; rollback');
  await expect(bad.query('select 1/0')).rejects.toThrow();
  // Cuts the socket without a goodbye.
  (bad as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
  open.splice(open.indexOf(bad), 1);
  const killed = await session('queueproof/async/3');
  const { rows } = await killed.query<{ pid: number }>('select pg_backend_pid() as pid');
  await withAdminSession(admin, (client) => client.query('select pg_terminate_backend($1)', [rows[0]?.pid]));
  await closeSessions();

  const counters = countersBetween(before, await readDatabaseCounters(admin, DATABASE));
  expect(counters.commits).toBeGreaterThanOrEqual(11);
  expect(counters).toMatchObject({
    resetByCrash: false,
    rollbacks: 2,
    deadlocks: 0,
    sessionsKilled: 1,
    sessionsAbandoned: 1,
  });
});

test('an unknown database has no counters', async () => {
  await expect(readDatabaseCounters(admin, 'no such database')).rejects.toThrow('knows no database');
});
