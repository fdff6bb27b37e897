import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startServerUnderTest } from '../target/server-under-test.ts';

const FAKE_SERVER = fileURLToPath(new URL('fake-server.ts', import.meta.url));
/** Bound on waiting for something that must happen soon; only a broken product ever waits that long. */
const SOON = Object.freeze({ timeout: 10_000, interval: 10 });

let folder: string;
let logFile: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'queueproof-test-'));
  logFile = join(folder, 'server.log');
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

function start(behaviour: string, more: { stopTimeoutMs?: number } = {}) {
  return startServerUnderTest({
    workers: 1,
    poolSize: 80,
    database: { host: '127.0.0.1', port: 5432, user: 'u', password: 'very secret', database: behaviour },
    logFile,
    startTimeoutMs: 20_000,
    mainFile: FAKE_SERVER,
    ...more,
  });
}

async function eventsInLog(): Promise<readonly string[]> {
  return (await readFile(logFile, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).event);
}

test('ends by faults are no early exits, and the log goes on', async () => {
  await using server = await start('good');
  const pids = [server.pid];
  await server.kill();
  await server.start();
  pids.push(server.pid);
  await server.terminate();
  await server.start();
  pids.push(server.pid);
  expect(new Set(pids).size).toBe(3);
  await server.stop();
  expect(server.lifecycle).toEqual({
    startedOnce: true,
    earlyExit: undefined,
    workersReplaced: 0,
    exitCode: 0,
    endedOnPurpose: 2,
    restarts: 2,
    workersKilled: 0,
  });
  const once = ['environment', 'worker-started', 'listening'];
  expect(await eventsInLog()).toEqual([...once, ...once, 'stopped', ...once, 'stopped']);
});

test('an end that no fault made stays an early exit through a restart', async () => {
  await using server = await start('crashing');
  await vi.waitFor(() => expect(server.lifecycle.earlyExit).toBe('signal SIGKILL'), SOON);
  await server.kill();
  await server.start();
  expect(server.lifecycle).toMatchObject({ earlyExit: 'signal SIGKILL', endedOnPurpose: 0, restarts: 1 });
});

test('a server that a fault could not end in order has no exit code, whatever comes later', async () => {
  await using server = await start('deaf', { stopTimeoutMs: 300 });
  await server.terminate();
  await server.start();
  await server.stop();
  expect(server.lifecycle).toMatchObject({ earlyExit: undefined, exitCode: undefined, endedOnPurpose: 1 });
});

test('faults that overlap are done one after the other', async () => {
  await using server = await start('good');
  const first = server.pid;
  await Promise.all([server.kill(), server.terminate(), server.start(), server.start()]);
  expect(server.pid).not.toBe(first);
  expect(server.workerPids()).toEqual([server.pid]);
  expect(server.lifecycle).toMatchObject({ endedOnPurpose: 1, restarts: 1 });
});

test('a paused server is ended in order all the same; one that is down cannot be paused', async () => {
  await using server = await start('good');
  await server.pause();
  await server.stop();
  expect(server.lifecycle).toMatchObject({ exitCode: 0, endedOnPurpose: 0 });
  await expect(server.pause()).rejects.toThrow('a server that is down cannot be paused');
});

test('a worker that a fault killed is counted apart; another process is not killed', async () => {
  await using server = await start('orphaning');
  const [worker = Number.NaN] = server.workerPids();
  await expect(server.killWorker(process.pid)).rejects.toThrow(`no worker with process id ${process.pid} lives`);
  await server.killWorker(worker);
  expect(server.workerPids()).toEqual([server.pid]);
  await server.untilWorkersReplaced();
  expect(server.lifecycle).toMatchObject({ workersKilled: 1, workersReplaced: 0 });
});

test('a defect that does not exist is a usage error that names what there is', async () => {
  const database = { host: '127.0.0.1', port: 1, user: 'u', password: 'p', database: 'd' };
  const options = { workers: 1, poolSize: 10, database, logFile, startTimeoutMs: 1_000 };
  await expect(startServerUnderTest({ ...options, defect: 'nono' })).rejects.toMatchObject({
    exitCode: 64,
    message: expect.stringMatching(/there is no defect "nono".*none/),
  });
});
