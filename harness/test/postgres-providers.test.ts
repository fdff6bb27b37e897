import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { findContainerRuntime } from '../postgres/container-runtime.ts';
import { startEmbedded } from '../postgres/embedded.ts';
import { sweepOrphans } from '../postgres/orphan-sweep.ts';
import { isProcessRunning, waitForProcessEnd } from '../postgres/process-state.ts';
import type { ConnectionTarget, PostgresOptions } from '../postgres/provider.ts';
import { createRunDatabase } from '../postgres/run-database.ts';
import { findServerUser } from '../postgres/server-user.ts';
import { startPostgres } from '../postgres/start-postgres.ts';

const PASSWORD = 'n0t-for-l0gs';
// CI names the image it has made; without one these tests are shown as skipped.
const CI_IMAGE = process.env.QUEUEPROOF_CI_IMAGE;

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

const options = (maxConnections: number | 'any' = 100): PostgresOptions => ({
  maxConnections,
  settings: {},
  image: 'postgres:18',
  logFolder: path.join(folder, 'log'),
});

const urlOf = (target: ConnectionTarget): string =>
  `postgres://${target.user}:${target.password}@${target.host}:${target.port}/${target.database}`;

const runFolders = async (): Promise<readonly string[]> =>
  (await readdir(folder)).filter((name) => name.startsWith('queueproof-pg-'));

async function query(target: ConnectionTarget, sql: string): Promise<readonly Record<string, unknown>[]> {
  const client = new Client(target);
  await client.connect();
  return client
    .query(sql)
    .then(({ rows }) => rows)
    .finally(() => client.end());
}

describe('embedded', () => {
  it.each([100, 37])('serves with max_connections %i, logs SQLSTATEs, and leaves nothing behind', async (limit) => {
    const postgres = await startEmbedded(options(limit), 'embedded: a test');
    const pid = postgres.pid ?? 0;
    expect(postgres).toMatchObject({ provider: 'embedded', maxConnections: limit, reservedConnections: 3 });
    expect(postgres.version).toMatch(/^PostgreSQL 18\./);
    expect(await query(postgres.admin, 'SHOW max_connections')).toEqual([{ max_connections: String(limit) }]);
    expect(await query(postgres.admin, 'SHOW fsync')).toEqual([{ fsync: 'on' }]);
    expect(await query(postgres.admin, 'SHOW listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }]);
    await expect(query(postgres.admin, 'SELECT * FROM nowhere')).rejects.toThrow('nowhere');
    expect(await isProcessRunning(pid)).toBe(true);
    expect(await runFolders()).toHaveLength(1);

    await postgres[Symbol.asyncDispose]();
    expect(await isProcessRunning(pid)).toBe(false);
    expect(await runFolders()).toEqual([]);
    const log = await readFile(path.join(folder, 'log', 'postgres.log'), 'utf8');
    expect(log).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} \w+ \[\d+\] 42P01 .*ERROR: {2}relation "nowhere"/m);
    expect(log).not.toContain(postgres.admin.password);
  });

  it('reports the settings of the scenario, and no paths', async () => {
    const settings = { work_mem: '7MB', log_directory: path.join(folder, 'log') };
    await using postgres = await startEmbedded({ ...options(), settings }, 'embedded: a test');
    expect(postgres.nonDefaultSettings).toMatchObject({ work_mem: '7MB' });
    expect(JSON.stringify(postgres.nonDefaultSettings)).not.toContain(folder);
  });

  it('ends with the reason the server gave when a setting is wrong, and leaves nothing behind', async () => {
    const start = startEmbedded({ ...options(), settings: { work_mem: 'plenty' } }, 'embedded: a test');
    await expect(start).rejects.toMatchObject({ exitCode: 69, message: expect.stringContaining('work_mem') });
    expect(await runFolders()).toEqual([]);
  });

  it('refuses a server whose max_connections a setting has changed', async () => {
    const start = startEmbedded({ ...options(100), settings: { max_connections: '50' } }, 'embedded: a test');
    await expect(start).rejects.toThrow(/max_connections = 50.*100/);
  });
});

describe('a process that ends without cleaning up', () => {
  const module = (name: string): string => JSON.stringify(new URL(`../postgres/${name}`, import.meta.url).href);
  const children: ChildProcess[] = [];

  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });

  /** Runs a script in a process (and process group) of its own, and waits for the first line it writes. */
  async function startChild(script: string): Promise<{ child: ChildProcess; firstLine: string }> {
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      cwd: folder,
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    const [firstLine] = await once(createInterface({ input: child.stdout }), 'line');
    return { child, firstLine };
  }

  const withProvider = (andThen: string): string => `
    import { startEmbedded } from ${module('embedded.ts')};
    const postgres = await startEmbedded(${JSON.stringify(options())}, 'embedded: a test');
    setInterval(() => undefined, 1000);
    ${andThen}
    process.stdout.write(postgres.pid + '\\n');`;

  async function expectNothingLeft(postmasterPid: number): Promise<void> {
    expect(await waitForProcessEnd(postmasterPid, 10_000)).toBe(true);
    await vi.waitFor(async () => expect(await runFolders()).toEqual([]), { timeout: 10_000 });
  }

  it.each(['SIGKILL', 'SIGTERM'] as const)(
    'by %s: the watchdog stops the server and removes its data',
    async (signal) => {
      const { child, firstLine } = await startChild(withProvider(''));
      expect(await isProcessRunning(Number(firstLine))).toBe(true);
      child.kill(signal);
      await expectNothingLeft(Number(firstLine));
    },
  );

  it('Ctrl-C reaches our process alone: the server still answers, and the exit code is ours', async () => {
    const { child, firstLine } = await startChild(
      withProvider(`process.once('SIGINT', async () => {
        await postgres.createDatabase('after_ctrl_c');
        await postgres[Symbol.asyncDispose]();
        process.exit(130);
      });`),
    );
    process.kill(-(child.pid ?? 0), 'SIGINT');
    expect(await once(child, 'exit')).toEqual([130, null]);
    await expectNothingLeft(Number(firstLine));
  });

  it('with its watchdog: the next start sweeps server and data, but spares those of a living process', async () => {
    await using alive = await startEmbedded(options(), 'embedded: a test');
    const { child, firstLine } = await startChild(`
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
      setInterval(() => undefined, 1000);
      process.stdout.write(cluster.pid + '\\n');`);
    const orphan = Number(firstLine);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await isProcessRunning(orphan)).toBe(true);
    expect(await runFolders()).toHaveLength(2);

    expect(await sweepOrphans(await findServerUser())).toHaveLength(1);
    expect(await isProcessRunning(orphan)).toBe(false);
    expect(await runFolders()).toHaveLength(1);
    expect(await query(alive.admin, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
});

describe('a database per run', () => {
  const exists = async (name: string): Promise<boolean> =>
    (await query(inject('postgres'), `SELECT FROM pg_database WHERE datname = '${name}'`)).length === 1;

  it('is dropped with the sessions that are still open in it', async () => {
    const name = `Run "${process.pid}"`;
    const database = await createRunDatabase(inject('postgres'), name);
    const session = new Client(database.target);
    session.on('error', () => undefined);
    await session.connect();
    expect(await exists(name)).toBe(true);
    await database[Symbol.asyncDispose]();
    expect(await exists(name)).toBe(false);
  });

  it('counts as gone when its server is gone', async () => {
    await using postgres = await startEmbedded(options(), 'embedded: a test');
    const database = await postgres.createDatabase('queueproof_test');
    await postgres[Symbol.asyncDispose]();
    await expect(database[Symbol.asyncDispose]()).resolves.toBeUndefined();
  });

  it('stays when it is to be kept, and a second one of that name is refused', async () => {
    const name = `kept_${process.pid}`;
    const database = await createRunDatabase(inject('postgres'), name);
    database.keep();
    await database[Symbol.asyncDispose]();
    expect(await exists(name)).toBe(true);
    await expect(createRunDatabase(inject('postgres'), name)).rejects.toMatchObject({ exitCode: 69 });
    await query(inject('postgres'), `DROP DATABASE ${name}`);
  });
});

describe('a server behind a URL', () => {
  it('is taken when its max_connections is the wanted one, or any will do', async () => {
    const url = urlOf(inject('postgres'));
    for (const limit of [100, 'any'] as const) {
      await using postgres = await startPostgres(url, options(limit));
      expect(postgres).toMatchObject({ provider: 'url', maxConnections: 100, pid: undefined });
    }
  });

  it('is refused when its max_connections is another; both numbers are named', async () => {
    const start = startPostgres(urlOf(inject('postgres')), options(42));
    await expect(start).rejects.toMatchObject({
      exitCode: 69,
      message: expect.stringMatching(/max_connections = 100\b.*\b42\b/),
      hint: expect.stringContaining('maxConnections: any'),
    });
  });

  it.each([
    ['that does not listen', { port: 1 }, 'ECONNREFUSED'],
    ['that refuses the password', {}, 'password authentication failed'],
  ])('%s: one clear error without the password', async (_, change, expected) => {
    const url = urlOf({ ...inject('postgres'), password: PASSWORD, ...change });
    const error = await startPostgres(url, options()).catch((refusal: unknown) => refusal);
    expect(error).toMatchObject({ exitCode: 69, message: expect.stringContaining(expected) });
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error)) + String(error)).not.toContain(PASSWORD);
  });

  it('is not looked for under an unknown provider name', async () => {
    await expect(startPostgres('url', options())).rejects.toMatchObject({ exitCode: 64 });
  });
});

describe('auto and the preflight', () => {
  /** Listens on a Unix socket in the test's folder as a container runtime would. */
  async function fakeRuntime(answer: RequestListener): Promise<{ dockerHost: string } & AsyncDisposable> {
    const server = createServer(answer).listen(path.join(folder, 'docker.sock'));
    await once(server, 'listening');
    return {
      dockerHost: `unix://${path.join(folder, 'docker.sock')}`,
      [Symbol.asyncDispose]: async () => {
        server.closeAllConnections();
        server.close();
        await once(server, 'close');
      },
    };
  }

  it('takes embedded when no runtime answers, and says which socket is missing', async () => {
    vi.stubEnv('DOCKER_HOST', 'unix:///nowhere/docker.sock');
    await using postgres = await startPostgres('auto', options());
    expect(postgres.provider).toBe('embedded');
    expect(postgres.reason).toContain('no container runtime answers (/nowhere/docker.sock: no such file)');
  });

  it('takes embedded at once when the runtime has no image, and says how to get it', async () => {
    const asked: (string | undefined)[] = [];
    await using runtime = await fakeRuntime((request, response) => {
      asked.push(request.url);
      response.writeHead(request.url === '/_ping' ? 200 : 404).end();
    });
    vi.stubEnv('DOCKER_HOST', runtime.dockerHost);
    await using postgres = await startPostgres('auto', options());
    expect(postgres.reason).toMatch(/^embedded: .* has no image postgres:18 .*docker pull postgres:18/);
    expect(asked).toEqual(['/_ping', '/images/postgres%3A18/json']);
  });

  it('tells a runtime that is silent from one that refuses and one that is none', async () => {
    {
      await using runtime = await fakeRuntime(() => undefined);
      expect(await findContainerRuntime({ DOCKER_HOST: runtime.dockerHost })).toMatchObject({
        state: 'missing',
        reason: expect.stringContaining('no answer within 500 ms'),
      });
    }
    await using other = await fakeRuntime((_, response) => response.writeHead(404).end());
    expect(await findContainerRuntime({ DOCKER_HOST: other.dockerHost })).toMatchObject({
      reason: expect.stringContaining('answered 404'),
    });
    const closed = createTcpServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const { port } = closed.address() as { port: number };
    closed.close();
    await once(closed, 'close');
    expect(await findContainerRuntime({ DOCKER_HOST: `tcp://127.0.0.1:${port}` })).toMatchObject({
      reason: expect.stringContaining('connection refused'),
    });
  });

  it('refuses testcontainers when no runtime answers, before the library is asked', async () => {
    vi.stubEnv('DOCKER_HOST', 'unix:///nowhere/docker.sock');
    await expect(startPostgres('testcontainers', options())).rejects.toMatchObject({
      exitCode: 69,
      message: expect.stringContaining('/nowhere/docker.sock: no such file'),
    });
  });
});

const note =
  CI_IMAGE === undefined ? ' [not run: QUEUEPROOF_CI_IMAGE names no image; see .ci/make-postgres-image.sh]' : '';
describe.skipIf(CI_IMAGE === undefined)(`testcontainers${note}`, () => {
  const withImage = (limit: number): PostgresOptions => ({ ...options(limit), image: CI_IMAGE ?? '' });

  it('starts a real container, asked for and by auto, with the limit proved, its log kept, and nothing left', async () => {
    for (const [name, limit] of [
      ['testcontainers', 37],
      ['auto', 100],
    ] as const) {
      const postgres = await startPostgres(name, withImage(limit));
      expect(postgres).toMatchObject({ provider: 'testcontainers', maxConnections: limit });
      const database = await postgres.createDatabase('queueproof_test');
      expect(await query(database.target, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
      await expect(query(database.target, 'SELECT * FROM nowhere')).rejects.toThrow('nowhere');
      await postgres[Symbol.asyncDispose]();
      await expect(query(postgres.admin, 'SELECT 1')).rejects.toThrow();
    }
    expect(await readFile(path.join(folder, 'log', 'postgres.log'), 'utf8')).toMatch(/ 42P01 .*ERROR: {2}relation/);
  });

  it('tells what the server said when a setting is wrong', async () => {
    const wrong = { ...withImage(100), settings: { work_mem: 'plenty' } };
    await expect(startPostgres('testcontainers', wrong)).rejects.toMatchObject({
      exitCode: 69,
      message: expect.stringContaining('work_mem'),
    });
  });
});
