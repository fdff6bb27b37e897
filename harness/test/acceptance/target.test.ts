import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { withAdminSession } from '../../postgres/admin-session.ts';
import type { ConnectionTarget } from '../../postgres/provider.ts';
import { startPostgres } from '../../postgres/start-postgres.ts';
import { startServer } from '../../target/server-process.ts';
import { CliSandbox, finish } from './run-cli.ts';

/** The reference server as somebody else would run it, with messages of its own in it. */
interface Target {
  readonly url: string;
  readonly database: ConnectionTarget;
  readonly postgresUrl: string;
}

const SMALL = ['smoke', '--set', 'load.warmUp=200ms', '--set', 'load.duration=600ms'];
const POOL_SIZE = 40;
const SOON = { timeout: 30_000, interval: 100 };

const undo = new AsyncDisposableStack();
let target: Target;

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'queueproof-target-'));
  undo.defer(() => rm(folder, { recursive: true, force: true }));
  const options = { maxConnections: 100, settings: {}, image: 'postgres:18', logFolder: folder };
  const postgres = undo.use(await startPostgres('embedded', options));
  const { target: database } = undo.use(await postgres.createDatabase('theirs'));
  const logFile = join(folder, 'theirs.log');
  const settings = { workers: 2, poolSize: POOL_SIZE, database, logFile, startTimeoutMs: 45_000 };
  const server = undo.use(await startServer(settings));
  const { host, port, user, password } = database;
  const postgresUrl = `postgres://${user}:${encodeURIComponent(password)}@${host}:${port}/theirs`;
  target = { url: server.baseUrl, database, postgresUrl };
  await post('/api/v1/configure', { queue: 'theirs' });
  await post('/api/v1/push', { items: [{ queue: 'theirs', payload: 1, transactionId: 'of somebody else' }] });
});

afterAll(() => undo.disposeAsync());

async function post(path: string, body: unknown): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const reply = await fetch(target.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
  expect(reply.ok).toBe(true);
}

/** Queues and messages of the target, in words. */
async function holdings(): Promise<readonly string[]> {
  return await withAdminSession(target.database, async (client) => {
    const queues = await client.query<{ readonly name: string }>('select name from queen.queues order by name');
    const messages = await client.query<{ readonly id: string }>('select transaction_id as id from queen.messages');
    return [...queues.rows.map(({ name }) => name), ...messages.rows.map(({ id }) => id)];
  });
}

interface Judged {
  readonly verdict: string;
  readonly environment: Readonly<Record<string, unknown>>;
  readonly notes: readonly string[];
  readonly arms: readonly { readonly throughputMsgPerS: unknown; readonly connections: { readonly budget: unknown } }[];
  readonly checks: readonly { readonly name: string; readonly verdict: string; readonly summary: string }[];
}

async function runOnTarget(words: readonly string[]) {
  await using sandbox = await CliSandbox.create();
  const run = await sandbox.run([...SMALL, '--target', target.url, ...words]);
  const result = (await sandbox.latestResult().catch(() => undefined)) as Judged | undefined;
  return { ...run, result };
}

function verdictsOf(result: Judged | undefined) {
  return Object.fromEntries((result?.checks ?? []).map(({ name, verdict }) => [name, verdict]));
}

test('with its database and pool size, a target is proved as far as it can be seen, and left as it was', async () => {
  const known = ['--target-postgres', target.postgresUrl, '--target-pool-size', String(POOL_SIZE)];
  const { exitCode, stdout, result } = await runOnTarget(known);
  const verdicts = verdictsOf(result);
  expect(verdicts, stdout).toMatchObject({ accounting: 'valid', statuses: 'valid', connections: 'valid' });
  const unproved = Object.entries(verdicts).filter(([, verdict]) => verdict !== 'valid');
  expect(unproved).toEqual([
    ['pool-hygiene', 'unknown'],
    ['server-errors', 'unknown'],
  ]);
  expect(exitCode).toBe(3);
  expect(stdout).toContain('keeps its own log');
  expect(result?.environment).toMatchObject({ target: target.url, provider: 'url' });
  expect(JSON.stringify(result)).not.toContain(encodeURIComponent(target.database.password));
  expect(result?.arms.map(({ throughputMsgPerS }) => throughputMsgPerS)).toEqual([null, null]);
  expect(result?.notes.join()).toContain('server.* and postgres.* of the scenario do not apply');
  expect(await holdings()).toEqual(['theirs', 'of somebody else']);
});

test('asked only for what can be seen from outside, it passes, with figures', async () => {
  const known = ['--target-postgres', target.postgresUrl, '--target-pool-size', String(POOL_SIZE)];
  const { exitCode, stdout, result } = await runOnTarget([...known, '--set', 'checks=[accounting]']);
  expect(exitCode, stdout).toBe(0);
  expect(result?.arms.map(({ connections }) => connections.budget)).toEqual([38, 38]);
  for (const { throughputMsgPerS } of result?.arms ?? []) expect(throughputMsgPerS).not.toBeNull();
});

test('without its database nothing is proved and no figure is printed: 3, with what is missing', async () => {
  const { exitCode, stdout, result } = await runOnTarget([]);
  expect(exitCode, stdout).toBe(3);
  expect(verdictsOf(result)).toMatchObject({ accounting: 'unknown', statuses: 'valid', connections: 'unknown' });
  expect(result?.arms.map(({ throughputMsgPerS }) => throughputMsgPerS)).toEqual([null, null]);
  expect(stdout).toContain('no figure');
  expect(stdout).not.toMatch(/\d msg\/s/);
  expect(stdout).toContain('--target-postgres postgres://');
  expect(await holdings()).toEqual(['theirs', 'of somebody else']);
});

test("another server's database is not held against the target", async () => {
  const strangers = target.postgresUrl.replace(/theirs$/, 'strangers');
  await withAdminSession({ ...target.database, database: 'postgres' }, (client) =>
    client.query('create database strangers'),
  );
  const empty = await runOnTarget(['--target-postgres', strangers]);
  expect(empty.exitCode).toBe(69);
  expect(empty.stderr).toContain('has no readable tables');
  await withAdminSession({ ...target.database, database: 'strangers' }, (client) =>
    client.query(`create table queues (id int, name text); create table partitions (id int, queue_id int);
                  create table messages (id uuid, transaction_id text, partition_id int)`),
  );
  const other = await runOnTarget(['--target-postgres', strangers]);
  expect(other.exitCode, other.stdout).toBe(3);
  expect(verdictsOf(other.result).accounting).toBe('unknown');
  expect(other.stdout).toContain("it is not the target's database");
});

test('Ctrl-C in the middle: 130, and nothing is left on the target', async () => {
  await using sandbox = await CliSandbox.create();
  const child = sandbox.start(['smoke', '--target', target.url, '--set', 'load.duration=60s']);
  const ended = finish(child);
  await vi.waitFor(async () => expect((await holdings()).length).toBeGreaterThan(100), SOON);
  process.kill(-(child.pid ?? Number.NaN), 'SIGINT');
  expect((await ended).exitCode).toBe(130);
  expect(await holdings()).toEqual(['theirs', 'of somebody else']);
});

test.each([
  ['a matrix over the server', ['pool-sweep'], 64, /varies server\.poolSize.*cannot be set up anew/],
  ['a PostgreSQL of its own', ['smoke', '--postgres', 'embedded'], 64, /--target-postgres/],
  ['a path in the URL', ['smoke', '--target', 'http://127.0.0.1:1/queue'], 64, /URL without a path/],
  ['nobody there', ['smoke', '--target', 'http://127.0.0.1:1'], 69, /nobody answers at http:\/\/127\.0\.0\.1:1/],
])('%s is refused in words', async (_, words, exitCode, reason) => {
  await using sandbox = await CliSandbox.create();
  const run = await sandbox.run(words.includes('--target') ? words : [...words, '--target', target.url]);
  expect(run.stderr.replaceAll(/\s+/g, ' ')).toMatch(reason);
  expect(run.exitCode).toBe(exitCode);
});

test('a database without a target is refused', async () => {
  await using sandbox = await CliSandbox.create();
  const run = await sandbox.run(['smoke', '--target-postgres', target.postgresUrl]);
  expect(run.exitCode).toBe(64);
  expect(run.stderr).toContain('--target names none');
});
