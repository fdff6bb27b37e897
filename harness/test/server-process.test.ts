import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { CommandError, EXIT_CODE } from '../cli/exit-code.ts';
import { waitForProcessEnd } from '../postgres/process-state.ts';
import { ServerRefused } from '../target/running-server.ts';
import { startServer } from '../target/server-process.ts';

const FAKE_SERVER = fileURLToPath(new URL('fake-server.ts', import.meta.url));
const FAKE_HARNESS = fileURLToPath(new URL('fake-harness.ts', import.meta.url));

let folder: string;
let logFile: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'queueproof-test-'));
  logFile = join(folder, 'server.log');
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

function start(behaviour: string, more: { startTimeoutMs?: number; stopTimeoutMs?: number } = {}) {
  return startServer({
    workers: 3,
    poolSize: 80,
    database: { host: '127.0.0.1', port: 5432, user: 'u', password: 'very secret', database: behaviour },
    logFile,
    startTimeoutMs: 20_000,
    mainFile: FAKE_SERVER,
    ...more,
  });
}

test('a good server listens, gets its configuration by the environment alone, and stops in order', async () => {
  vi.stubEnv('PGPASSWORD', 'must not be inherited');
  vi.stubEnv('NODE_OPTIONS', '');
  const server = await start('good');
  expect(server.baseUrl).toBe('http://127.0.0.1:4711');
  expect(server.workers()).toEqual([{ number: 1, pid: server.pid }]);
  expect(server.lifecycle).toEqual({
    startedOnce: true,
    earlyExit: undefined,
    workersReplaced: 0,
    exitCode: undefined,
  });

  expect(await server.stop()).toBe(0);
  expect(server.lifecycle).toEqual({ startedOnce: true, earlyExit: undefined, workersReplaced: 0, exitCode: 0 });
  expect(server.workers()).toEqual([]);

  const [environment, ...rest] = (await readFile(logFile, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const configuration = 'DB_POOL_SIZE HOST NUM_WORKERS PG_DB PG_HOST PG_PASSWORD PG_PORT PG_USER POOL_MODE PORT'.split(
    ' ',
  );
  expect(environment.argv).toEqual([]);
  expect(environment.names).toEqual(expect.arrayContaining([...configuration, 'PATH']));
  expect(configuration).toEqual(
    expect.arrayContaining(environment.names.filter((name: string) => /PG|NODE/.test(name))),
  );
  expect(rest.map(({ event }) => event)).toEqual(['worker-started', 'listening', 'stopped']);
});

test("a refused configuration is told in the server's own words", async () => {
  const refusal = await start('refused').catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(ServerRefused);
  expect(refusal).toHaveProperty('reason', 'the budget of 142 connections does not fit in max_connections 100');
});

test('a server that ends before it listens is quoted', async () => {
  const failure = await start('broken').catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(CommandError);
  expect(failure).toMatchObject({
    exitCode: EXIT_CODE.unavailable,
    message: expect.stringMatching(/exit code 1[\s\S]*cannot find anything/),
  });
});

test('a server that never listens is killed with its children', async () => {
  await expect(start('silent', { startTimeoutMs: 1000 })).rejects.toThrow('did not listen within 1000 ms');
  await expectNoneLeft(await workersInLog());
});

test('a server that ends on its own is reported with the way it ended', async () => {
  const server = await start('crashing');
  expect(await server.exited).toBe('signal SIGKILL');
  await server.stop();
  expect(server.lifecycle).toEqual({
    startedOnce: true,
    earlyExit: 'signal SIGKILL',
    workersReplaced: 1,
    exitCode: undefined,
  });
});

test('a server that ignores SIGTERM is killed with its children, and has no exit code', async () => {
  const server = await start('deaf', { stopTimeoutMs: 300 });
  expect(await server.stop()).toBeUndefined();
  expect(server.lifecycle).toMatchObject({ earlyExit: undefined, exitCode: undefined });
  await expectNoneLeft(await workersInLog());
});

test('children that outlive the primary are killed; stopping twice is stopping once', async () => {
  const server = await start('orphaning');
  const [first, second] = await Promise.all([server.stop(), server.stop()]);
  expect([first, second]).toEqual([0, 0]);
  await expectNoneLeft(await workersInLog());
});

test('a harness that is killed leaves no server behind', async () => {
  const harness = spawn(process.execPath, [FAKE_HARNESS, logFile], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(createInterface({ input: harness.stdout }), 'line');
  const pids: number[] = JSON.parse(line);
  expect(pids.length).toBeGreaterThan(1);
  harness.kill('SIGKILL');
  await once(harness, 'exit');
  await expectNoneLeft(pids);
});

test('an unwritable log file is told at once', async () => {
  logFile = join(folder, 'absent', 'server.log');
  await expect(start('good')).rejects.toThrow('ENOENT');
});

async function workersInLog(): Promise<number[]> {
  const log = await readFile(logFile, 'utf8');
  const pids = [...log.matchAll(/"workerPid":(\d+)/g)].map(([, pid]) => Number(pid));
  expect(pids.length).toBeGreaterThan(0);
  return pids;
}

async function expectNoneLeft(pids: readonly number[]): Promise<void> {
  const ended = await Promise.all(pids.map((pid) => waitForProcessEnd(pid, 5000)));
  expect(ended).not.toContain(false);
}
