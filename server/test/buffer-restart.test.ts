import { rmSync } from 'node:fs';
import { appendFile, open, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { SOON, useTestDatabase } from './test-database.ts';
import { createBufferFolder, isAlive, ServerProcess, serverEnvironment, TestServer } from './test-server.ts';

const database = useTestDatabase('each');
const ROUTES = ['/api/v1/push', '/api/v1/push-legacy'] as const;
const BACK = Object.freeze({ timeout: 20_000, interval: 20 });
const folders: string[] = [];

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function newFolder(): string {
  const folder = createBufferFolder();
  folders.push(folder);
  return folder;
}

let queues = 0;

async function newQueue(server: TestServer, options: object = {}): Promise<string> {
  queues += 1;
  await server.configure(`r${queues}`, options);
  return `r${queues}`;
}

async function untilDrained(server: TestServer): Promise<void> {
  await vi.waitFor(
    async () => expect((await server.get('/api/v1/status/buffers')).body).toMatchObject({ pending: 0 }),
    BACK,
  );
}

async function pushBuffered(
  server: TestServer,
  queue: string,
  payloads: readonly unknown[],
  route: string = ROUTES[0],
) {
  const results = await server.push(
    route,
    payloads.map((payload) => ({ queue, payload })),
  );
  expect(results.map(({ status }) => status)).toEqual(payloads.map(() => 'buffered'));
}

/** Kills primary and workers at once, as a power cut would. */
async function killAll(server: TestServer): Promise<void> {
  server.process.kill('SIGKILL');
  for (const pid of server.process.workerPids().filter(isAlive)) process.kill(pid, 'SIGKILL');
  await server.process.exitCode();
}

async function segmentsOf(folder: string): Promise<readonly string[]> {
  return (await readdir(folder)).filter((name) => name.startsWith('segment-')).map((name) => join(folder, name));
}

describe('what was answered buffered survives the server', () => {
  test.each(ROUTES)('SIGKILL of primary and workers right after the reply on %s', async (route) => {
    const extra = { FILE_BUFFER_DIR: newFolder(), DB_STARTUP_TIMEOUT: '60000' };
    const first = await TestServer.start(database, extra);
    const queue = await newQueue(first);
    const away = await database.takeAway();
    for (const payload of [1, 2, 3]) await pushBuffered(first, queue, [payload], route);
    await killAll(first);
    await first[Symbol.asyncDispose]();
    await away[Symbol.asyncDispose]();
    await using second = await TestServer.start(database, extra);
    await untilDrained(second);
    expect((await second.drain(queue)).map(({ data }) => data)).toEqual([1, 2, 3]);
    expect((await readdir(extra.FILE_BUFFER_DIR)).filter((name) => name.startsWith('segment-'))).toEqual([]);
  });

  test('SIGTERM right after the reply; the next server starts while PostgreSQL is down, takes more, and delivers all', async () => {
    const extra = { FILE_BUFFER_DIR: newFolder(), DB_STARTUP_TIMEOUT: '60000' };
    const first = await TestServer.start(database, extra);
    const queue = await newQueue(first);
    const away = await database.takeAway();
    await pushBuffered(first, queue, [1, 2, 3]);
    await first.stop();
    await first[Symbol.asyncDispose]();
    // `allow_connections` is no outage to a server that starts, but an answer: it must not be able to connect at all.
    const second = await TestServer.start(database, { ...extra, PG_PORT: '1' });
    expect(await second.get('/health')).toMatchObject({ status: 503 });
    for (const route of ROUTES) await pushBuffered(second, queue, [route], route);
    expect((await second.get('/api/v1/status/buffers')).body).toMatchObject({ pending: 5, dbHealthy: false });
    await second.stop();
    await second[Symbol.asyncDispose]();
    await away[Symbol.asyncDispose]();
    await using third = await TestServer.start(database, extra);
    await untilDrained(third);
    expect((await third.drain(queue)).map(({ data }) => data)).toEqual([1, 2, 3, ...ROUTES]);
    await vi.waitFor(
      async () => expect(await third.push(ROUTES[0], [{ queue, payload: 4 }])).toMatchObject([{ status: 'queued' }]),
      SOON,
    );
  });

  test('a torn tail is cut, damage in the middle is set aside and counted, everything else is delivered', async () => {
    const extra = { FILE_BUFFER_DIR: newFolder() };
    const first = await TestServer.start(database, extra);
    const queue = await newQueue(first);
    const away = await database.takeAway();
    for (const payload of ['first', 'damaged', 'last']) await pushBuffered(first, queue, [payload]);
    await killAll(first);
    await first[Symbol.asyncDispose]();
    await away[Symbol.asyncDispose]();
    const [segment = ''] = await segmentsOf(extra.FILE_BUFFER_DIR);
    const at = (await readFile(segment)).indexOf('damaged');
    const handle = await open(segment, 'r+');
    await handle.write('D', at);
    await handle.close();
    await appendFile(segment, Buffer.from([0, 0, 1, 0, 1, 2, 3, 4, 123]));
    await using second = await TestServer.start(database, extra);
    await untilDrained(second);
    expect((await second.drain(queue)).map(({ data }) => data)).toEqual(['first', 'last']);
    expect(second.process.logged('buffer-tail-cut')).toHaveLength(1);
    expect(second.process.logged('buffer-damaged')).toHaveLength(1);
    expect((await second.get('/api/v1/status/buffers')).body).toMatchObject({ pending: 0, failed: 1 });
    expect(await readdir(join(extra.FILE_BUFFER_DIR, 'failed'))).toEqual([expect.stringMatching(/^damaged-/)]);
  });
});

test('two servers never share a buffer directory, and a dead one does not keep it', async () => {
  const extra = { FILE_BUFFER_DIR: newFolder() };
  const first = await TestServer.start(database, extra);
  await using second = new ServerProcess(serverEnvironment(database, extra));
  expect(await second.exitCode()).toBe(78);
  expect(second.lines.map(({ reason }) => reason)).toContainEqual(expect.stringContaining(extra.FILE_BUFFER_DIR));
  await killAll(first);
  await first[Symbol.asyncDispose]();
  await using third = await TestServer.start(database, extra);
  expect(await third.get('/health')).toMatchObject({ status: 200 });
});

test("the files are nobody else's business", async () => {
  const folder = newFolder();
  const extra = { FILE_BUFFER_DIR: join(folder, 'made', 'by the server') };
  await using server = await TestServer.start(database, extra);
  const queue = await newQueue(server);
  await using _away = await database.takeAway();
  await pushBuffered(server, queue, [1]);
  const mode = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);
  expect(await mode(extra.FILE_BUFFER_DIR)).toBe('700');
  for (const segment of await segmentsOf(extra.FILE_BUFFER_DIR)) expect(await mode(segment)).toBe('600');
});
