import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { readProcessTable } from '../measure/process-table.ts';
import { startEmbedded } from '../postgres/embedded.ts';
import { sweepOrphans } from '../postgres/orphan-sweep.ts';
import { isProcessRunning, waitForProcessStop } from '../postgres/process-state.ts';
import type { ConnectionTarget, PostgresControl, PostgresOptions, RunningPostgres } from '../postgres/provider.ts';
import { findServerUser } from '../postgres/server-user.ts';
import { startPostgres } from '../postgres/start-postgres.ts';

// CI names the image it has made; without one these tests are shown as skipped.
const CI_IMAGE = process.env.QUEUEPROOF_CI_IMAGE;
const SOON = { timeout: 10_000 };

let folder: string;

// Each test has a temporary folder of its own: what is left there was left by that test.
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'queueproof-test-'));
  // The account that PostgreSQL runs as must be able to pass.
  await chmod(folder, 0o755);
  vi.stubEnv('TMPDIR', folder);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

const options = (): PostgresOptions => ({
  maxConnections: 100,
  settings: {},
  image: 'postgres:18',
  logFolder: path.join(folder, 'log'),
});

const runFolders = async (): Promise<readonly string[]> =>
  (await readdir(folder)).filter((name) => name.startsWith('queueproof-pg-'));

async function query(target: ConnectionTarget, sql: string): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ ...target, connectionTimeoutMillis: 5000, query_timeout: 5000 });
  client.on('error', () => undefined);
  await client.connect();
  return client
    .query(sql)
    .then(({ rows }) => rows)
    .finally(() => client.end());
}

function controlOf(postgres: RunningPostgres): PostgresControl {
  if ('missing' in postgres.control) throw new Error(postgres.control.missing);
  return postgres.control;
}

/** The postmaster and its children. */
async function processesOf(postgres: { readonly pid: number | undefined }): Promise<readonly number[]> {
  const children = readProcessTable().filter(({ parentPid }) => parentPid === postgres.pid);
  expect(children.length).toBeGreaterThan(3);
  return [postgres.pid ?? 0, ...children.map(({ pid }) => pid)];
}

async function expectNoneRuns(pids: readonly number[]): Promise<void> {
  expect(await Promise.all(pids.map(isProcessRunning))).toEqual(pids.map(() => false));
}

/** Shared memory that outlives a server that cannot remove it: files of /dev/shm, and System V segments by id. */
async function sharedMemoryOf(pid: number | undefined): Promise<readonly string[]> {
  const maps = (await readFile(`/proc/${pid}/maps`, 'utf8')).split('\n').map((line) => line.trim().split(/\s+/));
  return maps.flatMap(([, , , , inode = '', file = '']) => {
    if (file.startsWith('/dev/shm/')) return [file];
    return file.startsWith('/SYSV') ? [`shmid ${inode}`] : [];
  });
}

async function allSharedMemory(): Promise<readonly string[]> {
  const systemV = (await readFile('/proc/sysvipc/shm', 'utf8')).trim().split('\n').slice(1);
  return [
    ...(await readdir('/dev/shm')).map((name) => `/dev/shm/${name}`),
    ...systemV.map((line) => `shmid ${line.trim().split(/\s+/)[1]}`),
  ];
}

describe('embedded', () => {
  it.each(['kill', 'stop'] as const)('%s: refuses connections, and starts again where it was', async (how) => {
    await using postgres = await startEmbedded(options(), 'embedded: a test');
    await query(postgres.admin, 'create table kept as select 1 as one');
    // A session that is too busy to see that its postmaster is gone, and holds on to the server's memory.
    const client = new Client(postgres.admin);
    client.on('error', () => undefined);
    await client.connect();
    const cut = client.query('select count(*) from (select generate_series(1, 1e12)) as streamed').catch(() => 'cut');
    await vi.waitFor(async () => {
      const busy = "select from pg_stat_activity where state = 'active' and query like '%as streamed'";
      expect(await query(postgres.admin, busy)).toHaveLength(1);
    }, SOON);
    const before = await processesOf(postgres);

    await controlOf(postgres)[how]();
    await expectNoneRuns(before);
    expect(await cut).toBe('cut');
    expect(postgres.pid).toBeUndefined();
    await expect(query(postgres.admin, 'select 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await expect(controlOf(postgres)[how]()).rejects.toThrow('down already');

    await controlOf(postgres).start();
    expect(await query(postgres.admin, 'select one from kept')).toEqual([{ one: 1 }]);
    expect(before).not.toContain(postgres.pid);
    await expect(controlOf(postgres).start()).rejects.toThrow('runs already');
  });

  it('pause: every process stands still and a query hangs; after resume it is answered', async () => {
    await using postgres = await startEmbedded(options(), 'embedded: a test');
    const client = new Client(postgres.admin);
    await client.connect();
    await controlOf(postgres).pause();
    const pids = await processesOf(postgres);
    expect(await Promise.all(pids.map((pid) => waitForProcessStop(pid, 0)))).toEqual(pids.map(() => true));
    let answered = false;
    const answer = client.query('select 1 as one').then(({ rows }) => {
      answered = true;
      return rows;
    });
    await expect(query({ ...postgres.admin }, 'select 1')).rejects.toThrow(/timeout/);
    expect(answered).toBe(false);
    await controlOf(postgres).resume();
    expect(await answer).toEqual([{ one: 1 }]);
    await client.end();
  });

  it.each(['pause', 'kill', 'stop'] as const)('leaves nothing behind when it is disposed after %s', async (how) => {
    const postgres = await startEmbedded(options(), 'embedded: a test');
    const pids = await processesOf(postgres);
    const memory = await sharedMemoryOf(postgres.pid);
    expect(await allSharedMemory()).toEqual(expect.arrayContaining([...memory]));
    expect(memory).toHaveLength(2);
    await controlOf(postgres)[how]();
    await postgres[Symbol.asyncDispose]();
    await expectNoneRuns(pids);
    expect(postgres.pid).toBeUndefined();
    expect(await runFolders()).toEqual([]);
    const left = await allSharedMemory();
    expect(memory.filter((segment) => left.includes(segment))).toEqual([]);
  });
});

describe('a paused server whose owner has died', () => {
  const module = (name: string): string => JSON.stringify(new URL(`../postgres/${name}`, import.meta.url).href);
  const children: ChildProcess[] = [];

  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });

  /** Runs a script in a process of its own until it writes a postmaster's number, and kills it. */
  async function diedAfter(script: string): Promise<readonly number[]> {
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      cwd: folder,
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    const [pid] = await once(createInterface({ input: child.stdout }), 'line');
    const pids = await processesOf({ pid: Number(pid) });
    child.kill('SIGKILL');
    await once(child, 'exit');
    return pids;
  }

  it('is ended by the watchdog, also when it is not the first one', async () => {
    const pids = await diedAfter(`
      import { startEmbedded } from ${module('embedded.ts')};
      const postgres = await startEmbedded(${JSON.stringify(options())}, 'embedded: a test');
      await postgres.control.kill();
      await postgres.control.start();
      await postgres.control.pause();
      setInterval(() => undefined, 1000);
      process.stdout.write(postgres.pid + '\\n');`);
    await vi.waitFor(() => expectNoneRuns(pids), SOON);
    await vi.waitFor(async () => expect(await runFolders()).toEqual([]), SOON);
  });

  it('is ended by the next start when there is no watchdog', async () => {
    const pids = await diedAfter(`
      import { prepareEmbeddedBinaries } from ${module('embedded-binaries.ts')};
      import { startCluster } from ${module('embedded-cluster.ts')};
      import { initialiseCluster } from ${module('initialise-cluster.ts')};
      import { createRunFolder } from ${module('run-folder.ts')};
      import { findServerUser } from ${module('server-user.ts')};
      const user = await findServerUser();
      const runFolder = await createRunFolder(user);
      const binaries = await prepareEmbeddedBinaries(runFolder, user);
      const plan = { binaries, runFolder, user, password: 'x', logFile: 'postgres.log', settings: {} };
      await initialiseCluster(plan);
      const cluster = await startCluster(plan);
      await cluster.pause();
      setInterval(() => undefined, 1000);
      process.stdout.write(cluster.pid + '\\n');`);
    expect(await sweepOrphans(await findServerUser())).toHaveLength(1);
    await vi.waitFor(() => expectNoneRuns(pids), SOON);
    expect(await runFolders()).toEqual([]);
  });
});

const note =
  CI_IMAGE === undefined ? ' [not run: QUEUEPROOF_CI_IMAGE names no image; see .ci/make-postgres-image.sh]' : '';
describe.skipIf(CI_IMAGE === undefined)(`testcontainers${note}`, () => {
  const start = () => startPostgres('testcontainers', { ...options(), image: CI_IMAGE ?? '' });

  it('is killed, stopped, started again where it was, and paused; its log goes on', async () => {
    await using postgres = await start();
    const control = controlOf(postgres);
    await query(postgres.admin, 'create table kept as select 1 as one');
    for (const how of ['kill', 'stop'] as const) {
      // A session that is open does not keep it from stopping.
      const client = new Client(postgres.admin);
      client.on('error', () => undefined);
      const cut = new Promise((resolve) => client.once('end', resolve));
      await client.connect();
      await control[how]();
      await cut;
      await expect(query(postgres.admin, 'select 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
      await expect(control[how]()).rejects.toThrow('down already');
      await control.start();
      expect(await query(postgres.admin, 'select one from kept')).toEqual([{ one: 1 }]);
    }
    await expect(query(postgres.admin, 'select * from nowhere')).rejects.toThrow('nowhere');
    const log = () => readFile(path.join(folder, 'log', 'postgres.log'), 'utf8');
    await vi.waitFor(async () => expect(await log()).toMatch(/ 42P01 .*ERROR: {2}relation/), SOON);
    expect(await log()).toContain('automatic recovery in progress');
    expect(await log()).toContain('received fast shutdown request');

    await control.pause();
    await expect(query(postgres.admin, 'select 1')).rejects.toThrow(/timeout/);
    await control.resume();
    await control.resume();
    expect(await query(postgres.admin, 'select one from kept')).toEqual([{ one: 1 }]);
  });

  it.each(['pause', 'kill', 'stop'] as const)('is gone when it is disposed after %s', async (how) => {
    const postgres = await start();
    await controlOf(postgres)[how]();
    await postgres[Symbol.asyncDispose]();
    await expect(query(postgres.admin, 'select 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});

it('a server behind a URL is not ours to stop', async () => {
  const { user, password, host, port, database } = inject('postgres');
  await using postgres = await startPostgres(`postgres://${user}:${password}@${host}:${port}/${database}`, options());
  expect(postgres.control).toEqual({ missing: 'a PostgreSQL behind a URL is not ours to stop' });
});
