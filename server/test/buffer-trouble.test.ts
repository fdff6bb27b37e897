import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { CutableProxy } from './cutable-proxy.ts';
import { SOON, useTestDatabase } from './test-database.ts';
import { createBufferFolder, isAlive, lockPartition, TestServer, untilBlocked } from './test-server.ts';

const database = useTestDatabase('each');
const ROUTES = ['/api/v1/push', '/api/v1/push-legacy'] as const;
const BACK = Object.freeze({ timeout: 20_000, interval: 20 });
const KEY = '0123456789abcdef'.repeat(4);
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
  await server.configure(`t${queues}`, options);
  return `t${queues}`;
}

const buffers = async (server: TestServer) => (await server.get('/api/v1/status/buffers')).body;

async function untilDrained(server: TestServer): Promise<void> {
  await vi.waitFor(async () => expect(await buffers(server)).toMatchObject({ pending: 0 }), BACK);
}

async function statuses(server: TestServer, queue: string, payloads: readonly unknown[], route: string = ROUTES[0]) {
  const results = await server.push(
    route,
    payloads.map((payload) => ({ queue, payload })),
  );
  return results.map(({ status }) => status);
}

describe('poison', () => {
  test('a queue that was deleted meanwhile is set aside with the reason, and holds nobody up', async () => {
    const extra = { FILE_BUFFER_DIR: newFolder() };
    await using server = await TestServer.start(database, extra);
    const [gone, kept] = [await newQueue(server), await newQueue(server)];
    const away = await database.takeAway();
    expect(await statuses(server, gone, ['poison'])).toEqual(['buffered']);
    expect(await statuses(server, kept, [1, 2])).toEqual(['buffered', 'buffered']);
    await database.admin.query('delete from queen.queues where name = $1', [gone]);
    await away[Symbol.asyncDispose]();
    await untilDrained(server);
    expect((await server.drain(kept)).map(({ data }) => data)).toEqual([1, 2]);
    expect(await buffers(server)).toMatchObject({ pending: 0, failed: 1 });
    const [line = ''] = (await readFile(join(extra.FILE_BUFFER_DIR, 'failed', 'failed.jsonl'), 'utf8')).split('\n');
    expect(JSON.parse(line)).toMatchObject({ reason: expect.stringContaining(`Queue '${gone}' does not exist`) });
    expect(JSON.parse(JSON.parse(line).record)).toMatchObject({ queue: gone, payload: '"poison"' });
    expect((await server.get('/api/v1/system/maintenance')).body.bufferStats).toMatchObject({
      failedCount: 1,
      failedFiles: { count: 1 },
    });
  });

  test('data PostgreSQL refuses fails alone; a lock is waited for', async () => {
    await using server = await TestServer.start(database, { DB_LOCK_TIMEOUT: '300' });
    const [queue, locked] = [await newQueue(server), await newQueue(server)];
    await database.admin.query(
      `create or replace function queen.refuse() returns trigger language plpgsql as $$
       begin
         if new.payload::text like '%refuse me%' then raise exception using errcode = '22000'; end if;
         return new;
       end $$;
       create trigger refuse before insert on queen.messages for each row execute function queen.refuse()`,
    );
    try {
      const lock = await lockPartition(database, locked);
      const away = await database.takeAway();
      expect(await statuses(server, queue, [1, 'refuse me', 2])).toEqual(['buffered', 'buffered', 'buffered']);
      expect(await statuses(server, locked, [1, 2])).toEqual(['buffered', 'buffered']);
      await away[Symbol.asyncDispose]();
      await vi.waitFor(async () => expect(await buffers(server)).toMatchObject({ pending: 2, failed: 1 }), BACK);
      expect((await server.drain(queue)).map(({ data }) => data)).toEqual([1, 2]);
      // In the meantime the order holds: nothing overtakes what is left.
      expect(await statuses(server, locked, [3])).toEqual(['buffered']);
      await lock[Symbol.asyncDispose]();
      await untilDrained(server);
      expect((await server.drain(locked)).map(({ data }) => data)).toEqual([1, 2, 3]);
    } finally {
      await database.admin.query('drop trigger refuse on queen.messages');
    }
  });
});

test('PostgreSQL goes away again while the buffer is drained, and a worker dies too', async () => {
  await using server = await TestServer.start(database);
  const queue = await newQueue(server);
  const lock = await lockPartition(database, queue);
  const away = await database.takeAway();
  const payloads = Array.from({ length: 6_000 }, (_, payload) => payload);
  for (let start = 0; start < payloads.length; start += 1_000) {
    await statuses(server, queue, payloads.slice(start, start + 1_000));
  }
  expect(await buffers(server)).toMatchObject({ pending: 6_000 });
  await away[Symbol.asyncDispose]();
  await untilBlocked(database, 1);
  const again = await database.takeAway();
  expect(await buffers(server)).toMatchObject({ pending: 6_000 });
  await again[Symbol.asyncDispose]();
  await untilBlocked(database, 1);
  process.kill(server.process.workerPids().find(isAlive) ?? Number.NaN, 'SIGKILL');
  await lock[Symbol.asyncDispose]();
  await untilDrained(server);
  expect((await server.drain(queue)).map(({ data }) => data)).toEqual(payloads);
});

test('10,000 buffered messages are drained within two seconds of PostgreSQL being back', async () => {
  await using server = await TestServer.start(database);
  const queue = await newQueue(server);
  const away = await database.takeAway();
  for (let batch = 0; batch < 100; batch += 1) {
    const items = Array.from({ length: 100 }, (_, index) => ({
      queue,
      partition: `p${index % 10}`,
      payload: { batch, index, text: 'x'.repeat(80) },
    }));
    await server.push(ROUTES[0], items);
  }
  expect(await buffers(server)).toMatchObject({ pending: 10_000 });
  await away[Symbol.asyncDispose]();
  const backAt = performance.now();
  await untilDrained(server);
  expect(performance.now() - backAt).toBeLessThan(2_000);
});

describe('a buffer that cannot take more', () => {
  test('the limit: refused with the reason, and what was taken is delivered', async () => {
    await using server = await TestServer.start(database, { FILE_BUFFER_MAX_MB: '1' });
    const queue = await newQueue(server);
    const away = await database.takeAway();
    const big = 'x'.repeat(600_000);
    expect(await statuses(server, queue, [big])).toEqual(['buffered']);
    const [refused] = await server.push(ROUTES[0], [{ queue, payload: big }]);
    expect(refused).toMatchObject({ status: 'failed', error: expect.stringContaining('FILE_BUFFER_MAX_MB') });
    expect(await statuses(server, queue, ['small'])).toEqual(['buffered']);
    await away[Symbol.asyncDispose]();
    await untilDrained(server);
    expect((await server.drain(queue)).map(({ data }) => data)).toEqual([big, 'small']);
  });

  test.runIf(process.getuid?.() === 0)(
    'a full disk: refused, nothing half-written, and it goes on when there is room',
    async () => {
      const folder = newFolder();
      execFileSync('/bin/mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', folder]);
      try {
        const server = await TestServer.start(database, { FILE_BUFFER_DIR: folder });
        const queue = await newQueue(server);
        const away = await database.takeAway();
        expect(await statuses(server, queue, ['first'])).toEqual(['buffered']);
        const [refused] = await server.push(ROUTES[0], [{ queue, payload: 'x'.repeat(300_000) }]);
        expect(refused).toMatchObject({ status: 'failed', error: expect.stringContaining('ENOSPC') });
        expect((await server.get('/api/v1/system/maintenance')).body).toMatchObject({ bufferHealthy: false });
        expect(await statuses(server, queue, ['second'])).toEqual(['buffered']);
        expect((await server.get('/api/v1/system/maintenance')).body).toMatchObject({ bufferHealthy: true });
        await away[Symbol.asyncDispose]();
        await untilDrained(server);
        expect((await server.drain(queue)).map(({ data }) => data)).toEqual(['first', 'second']);
        await server.stop();
        await server[Symbol.asyncDispose]();
      } finally {
        execFileSync('/bin/umount', [folder]);
      }
    },
  );
});

describe('encrypted queues', () => {
  test.each(ROUTES)('never in clear in the files or the log, and in clear again when replayed: %s', async (route) => {
    const extra = { FILE_BUFFER_DIR: newFolder(), QUEEN_ENCRYPTION_KEY: KEY, LOG_LEVEL: 'trace' };
    await using server = await TestServer.start(database, extra);
    const queue = await newQueue(server, { encryptionEnabled: true });
    const away = await database.takeAway();
    expect(await statuses(server, queue, ['a secret', { deep: 'a secret' }], route)).toEqual(['buffered', 'buffered']);
    for (const name of await readdir(extra.FILE_BUFFER_DIR)) {
      if (name === 'failed') continue;
      expect(await readFile(join(extra.FILE_BUFFER_DIR, name), 'latin1')).not.toContain('secret');
    }
    expect(JSON.stringify(server.process.lines)).not.toContain('a secret');
    await away[Symbol.asyncDispose]();
    await untilDrained(server);
    expect((await server.drain(queue)).map(({ data }) => data)).toEqual(['a secret', { deep: 'a secret' }]);
  });

  test('without a key they are refused', async () => {
    const withKey = await TestServer.start(database, { QUEEN_ENCRYPTION_KEY: KEY });
    const [queue, open] = [await newQueue(withKey, { encryptionEnabled: true }), await newQueue(withKey)];
    await withKey.stop();
    await using server = await TestServer.start(database);
    await using _away = await database.takeAway();
    expect(await statuses(server, open, [1])).toEqual(['buffered']);
    const [result] = await server.push(ROUTES[0], [{ queue, payload: 'a secret' }]);
    expect(result).toMatchObject({ status: 'failed', error: expect.stringContaining('QUEEN_ENCRYPTION_KEY') });
  });
});

describe('PostgreSQL that hangs', () => {
  test.each(ROUTES)('a cut network: pushes on %s are buffered within a bound, and stored once', async (route) => {
    await using proxy = await CutableProxy.start(database.address);
    await using server = await TestServer.start(database, { PG_PORT: String(proxy.port) });
    const queue = await newQueue(server);
    expect(await statuses(server, queue, [0], route)).toEqual(['queued']);
    proxy.freeze();
    for (const payload of [1, 2]) {
      const startedAt = performance.now();
      expect(await statuses(server, queue, [payload], route)).toEqual(['buffered']);
      expect(performance.now() - startedAt).toBeLessThan(8_000);
    }
    expect(await server.get('/health')).toMatchObject({ status: 503 });
    proxy.thaw();
    await untilDrained(server);
    await vi.waitFor(async () => expect(await statuses(server, queue, [3], route)).toEqual(['queued']), BACK);
    // The last may have been pushed several times until it went directly.
    expect((await server.drain(queue)).map(({ data }) => data).slice(0, 4)).toEqual([0, 1, 2, 3]);
  });

  test.each(ROUTES)('stopped backends: pushes on %s are answered within a bound, and stored once', async (route) => {
    // New connections answer, so a statement on an old one may be waiting for a lock as far as anybody can tell; its bound is
    // the statement time-out and five seconds.
    await using server = await TestServer.start(database, { DB_STATEMENT_TIMEOUT: '2000' });
    const queue = await newQueue(server);
    expect(await statuses(server, queue, [0], route)).toEqual(['queued']);
    const stopped = (await database.sessions()).map(({ pid }) => pid);
    for (const pid of stopped) process.kill(pid, 'SIGSTOP');
    const startedAt = performance.now();
    const pushed = await statuses(server, queue, [1, 2], route);
    const durationMs = performance.now() - startedAt;
    for (const pid of stopped) process.kill(pid, 'SIGCONT');
    for (const status of pushed) expect(['queued', 'buffered']).toContain(status);
    expect(durationMs).toBeLessThan(15_000);
    await untilDrained(server);
    await vi.waitFor(async () => expect(await statuses(server, queue, [3], route)).toEqual(['queued']), SOON);
    // The last may have been pushed several times until it went directly.
    expect((await server.drain(queue)).map(({ data }) => data).slice(0, 4)).toEqual([0, 1, 2, 3]);
  });

  test.each(ROUTES)('a row lock is no outage on %s', async (route) => {
    await using server = await TestServer.start(database);
    const queue = await newQueue(server);
    expect(await statuses(server, queue, [0], route)).toEqual(['queued']);
    const lock = await lockPartition(database, queue);
    const pushed = statuses(server, queue, [1], route);
    await untilBlocked(database, 1);
    const startedAt = performance.now();
    while (performance.now() - startedAt < 5_000) {
      expect(await buffers(server)).toMatchObject({ pending: 0, dbHealthy: true });
    }
    await lock[Symbol.asyncDispose]();
    expect(await pushed).toEqual(['queued']);
  });
});
