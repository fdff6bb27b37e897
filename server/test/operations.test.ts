import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, test, vi } from 'vitest';
import { CutableProxy } from './cutable-proxy.ts';
import { SOON, useTestDatabase } from './test-database.ts';
import { isAlive, lockPartition, ServerProcess, serverEnvironment, TestServer, untilBlocked } from './test-server.ts';

const database = useTestDatabase('each');
const ROUTES = ['/api/v1/push', '/api/v1/push-legacy'] as const;

let queues = 0;

/** A configured queue nobody else uses. */
async function newQueue(server: TestServer): Promise<string> {
  queues += 1;
  await server.configure(`q${queues}`);
  return `q${queues}`;
}

/** A TCP port that nobody listens on. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Runs a server that is expected to end by itself; its exit code and the reasons it gave. */
async function runToEnd(extra: Record<string, string>) {
  await using server = new ServerProcess(serverEnvironment(database, extra));
  const startedAt = performance.now();
  const code = await server.exitCode();
  expect(server.stray).toEqual([]);
  expect(server.workerPids().filter(isAlive)).toEqual([]);
  const reasons = server.lines.flatMap(({ reason }) => reason ?? []).join('\n');
  return { code, reasons, durationMs: performance.now() - startedAt };
}

async function applicationNames(): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { application_name } of await database.sessions()) {
    counts[application_name] = (counts[application_name] ?? 0) + 1;
  }
  return counts;
}

describe('a server that cannot run says why and ends', () => {
  test('a budget that does not fit: 78, and both numbers', async () => {
    const { code, reasons } = await runToEnd({ DB_POOL_SIZE: '150' });
    expect(code).toBe(78);
    expect(reasons).toMatch(/142 connections.* 97 .*max_connections=100/);
  });

  test('a malformed environment: 78, and every variable', async () => {
    const { code, reasons } = await runToEnd({ DB_POOL_SIZE: 'many', NUM_WORKERS: '0', PG_PASSWORD: 'secret' });
    expect(code).toBe(78);
    expect(reasons).toMatch(/NUM_WORKERS: .*got "0"/);
    expect(reasons).toMatch(/DB_POOL_SIZE: .*got "many"/);
    expect(reasons).not.toContain('secret');
  });

  test('more workers than connections: 78', async () => {
    const { code, reasons } = await runToEnd({ NUM_WORKERS: '5' });
    expect(code).toBe(78);
    expect(reasons).toContain('NUM_WORKERS=5');
  });

  test('PostgreSQL unreachable: it keeps trying, then 69', async () => {
    const port = String(await freePort());
    const { code, reasons, durationMs } = await runToEnd({ PG_PORT: port, DB_STARTUP_TIMEOUT: '700' });
    expect(code).toBe(69);
    expect(reasons).toContain(`PostgreSQL at 127.0.0.1:${port}/${database.name} cannot be used`);
    expect(durationMs).toBeGreaterThan(700);
    expect(durationMs).toBeLessThan(5_000);
  });

  test('PostgreSQL accepts connections but never answers: it keeps trying, then 69', async () => {
    await using proxy = await CutableProxy.start(database.address);
    proxy.hold();
    const { code, durationMs } = await runToEnd({
      PG_PORT: String(proxy.port),
      DB_CONNECTION_TIMEOUT: '200',
      DB_STARTUP_TIMEOUT: '1500',
    });
    expect(code).toBe(69);
    expect(durationMs).toBeGreaterThan(1_500);
    expect(durationMs).toBeLessThan(6_000);
  });

  test('a database that does not exist: 69 at once', async () => {
    const { code, reasons, durationMs } = await runToEnd({ PG_DB: 'absent_for_sure' });
    expect(code).toBe(69);
    expect(reasons).toContain('"absent_for_sure" does not exist');
    expect(durationMs).toBeLessThan(5_000);
  });

  test('the port is taken: an error that names it, and nothing is left', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as AddressInfo;
    const { code, reasons } = await runToEnd({ PORT: String(port) });
    holder.close();
    expect(code).not.toBe(0);
    expect(code).not.toBeNull();
    expect(reasons).toMatch(new RegExp(`EADDRINUSE.*${port}`));
  });
});

test('PostgreSQL that comes late is waited for', async () => {
  const port = await freePort();
  await using server = new ServerProcess(serverEnvironment(database, { PG_PORT: String(port), NUM_WORKERS: '1' }));
  await vi.waitFor(() => expect(server.lines.some(({ level }) => level === 40)).toBe(true), SOON);
  await using _proxy = await CutableProxy.start(database.address, port);
  await vi.waitFor(() => expect(server.logged('listening')).toHaveLength(1), { timeout: 30_000, interval: 10 });
  await server.stop();
});

test('PostgreSQL that comes late and has no room for the budget: 78', async () => {
  const port = await freePort();
  await using server = new ServerProcess(
    serverEnvironment(database, { PG_PORT: String(port), NUM_WORKERS: '1', DB_POOL_SIZE: '150' }),
  );
  await vi.waitFor(() => expect(server.logged('listening')).toHaveLength(1), { timeout: 30_000, interval: 10 });
  await using _proxy = await CutableProxy.start(database.address, port);
  expect(await server.exitCode()).toBe(78);
  expect(server.stray).toEqual([]);
  expect(server.workerPids().filter(isAlive)).toEqual([]);
});

describe('stopping', () => {
  test.each(ROUTES)('SIGTERM finishes what is under way on %s, answers it, and exits with 0', async (route) => {
    await using server = await TestServer.start(database, { NUM_WORKERS: '1' });
    const queue = await newQueue(server);
    const lock = await lockPartition(database, queue);
    const pushed = server.post(route, { items: [{ queue, payload: 'last words', transactionId: route }] });
    await untilBlocked(database, 1);
    const stopped = server.stop();
    // Its failure is looked at in the end.
    stopped.catch(() => undefined);
    await vi.waitFor(() => expect(server.process.logged('stopping')).toHaveLength(1), SOON);
    // The port is closed at once: another server could take it over.
    await vi.waitFor(() => expect(fetch(`${server.origin}/health`)).rejects.toThrow(), SOON);
    await lock[Symbol.asyncDispose]();
    expect(await pushed).toMatchObject({ status: 201, body: [{ status: 'queued', transaction_id: route }] });
    await stopped;
    const stored = await database.admin.query('select from queen.messages where transaction_id = $1', [route]);
    expect(stored.rowCount).toBe(1);
  });

  test('SIGTERM while the server starts ends it, without an orphan', async () => {
    await using server = new ServerProcess(serverEnvironment(database));
    await vi.waitFor(() => expect(server.workerPids()).toHaveLength(2), SOON);
    server.kill('SIGTERM');
    expect(await server.exitCode()).toBe(0);
    expect(server.stray).toEqual([]);
    expect(server.workerPids().filter(isAlive)).toEqual([]);
  });

  test('workers do not outlive a primary that was killed', async () => {
    await using server = await TestServer.start(database);
    server.process.kill('SIGKILL');
    await vi.waitFor(() => expect(server.process.workerPids().filter(isAlive)).toEqual([]), SOON);
    expect(await server.process.exitCode()).toBeNull();
  });
});

test('a worker that was killed is replaced and serves, within the budget', async () => {
  await using server = await TestServer.start(database);
  const queue = await newQueue(server);
  const names = await applicationNames();
  expect(names).toEqual({
    'queueproof/async/1': 3,
    'queueproof/async/2': 2,
    'queueproof/regular/1': 2,
    'queueproof/regular/2': 2,
  });
  const [first] = server.process.workerPids();
  process.kill(first ?? Number.NaN, 'SIGKILL');
  await vi.waitFor(() => expect(server.process.workerPids()).toHaveLength(3), SOON);
  await using replacement = await server.connectTo(1);
  for (const route of ROUTES) {
    const reply = await replacement.post(route, { items: [{ queue, payload: 1 }] });
    expect(reply).toMatchObject({ status: 201, body: [{ status: 'queued' }] });
  }
  await vi.waitFor(async () => expect(await applicationNames()).toEqual(names), SOON);
});

describe('PostgreSQL goes away and comes back', () => {
  test('/health tells, and all routes recover by themselves', async () => {
    await using server = await TestServer.start(database, { NUM_WORKERS: '1' });
    const queue = await newQueue(server);
    expect(await server.get('/health')).toMatchObject({
      status: 200,
      body: { status: 'healthy', database: 'connected' },
    });
    const away = await database.takeAway();
    const disconnected = { status: 503, body: { status: 'unhealthy', database: 'disconnected' } };
    expect(await server.get('/health')).toMatchObject(disconnected);
    await away[Symbol.asyncDispose]();
    await vi.waitFor(async () => expect(await server.get('/health')).toMatchObject({ status: 200 }), SOON);
    for (const route of ROUTES)
      expect(await server.push(route, [{ queue, payload: 1 }])).toMatchObject([{ status: 'queued' }]);
    await vi.waitFor(async () => expect(await database.sessions()).toHaveLength(9), SOON);
  });

  test('pushes wait for connections that were all terminated, and the replacements have their settings', async () => {
    await using server = await TestServer.start(database, { NUM_WORKERS: '1', DB_LOCK_TIMEOUT: '300' });
    const queue = await newQueue(server);
    await database.terminate();
    for (const route of ROUTES) {
      // The search path is one of the settings: without it no table would be found.
      const pushed = Array.from({ length: 12 }, (_, payload) => server.push(route, [{ queue, payload }]));
      for (const reply of await Promise.all(pushed)) expect(reply).toMatchObject([{ status: 'queued' }]);
      await using _lock = await lockPartition(database, queue);
      const reply = await server.push(route, [{ queue, payload: 'refused' }]);
      expect(reply).toMatchObject([{ status: 'failed', error: expect.stringContaining('lock timeout') }]);
    }
    expect(await server.drain(queue)).toHaveLength(24);
    for (const { application_name } of await database.sessions())
      expect(application_name).toMatch(/^queueproof\/(async|regular)\/1$/);
  });

  test.each(ROUTES)('a push under way on %s is never called failed when nobody can tell', async (route) => {
    await using server = await TestServer.start(database, { NUM_WORKERS: '1', DB_POOL_ACQUISITION_TIMEOUT: '700' });
    const queue = await newQueue(server);
    const item = { queue, payload: 1, transactionId: `unknown on ${route}` };
    const lock = await lockPartition(database, queue);
    const pushed = server.post(route, { items: [item] });
    await untilBlocked(database, 1);
    const away = await database.takeAway();
    const buffered = { status: 201, body: [{ status: 'buffered', transaction_id: item.transactionId }] };
    expect(await pushed).toMatchObject(buffered);
    // And so is one that finds no connection at all.
    expect(await server.post(route, { items: [item] })).toMatchObject(buffered);
    await lock[Symbol.asyncDispose]();
    await away[Symbol.asyncDispose]();
    await vi.waitFor(async () => {
      const { body } = await server.post(route, { items: [item] });
      expect(body).toMatchObject([{ status: 'duplicate' }]);
    }, SOON);
    const delivered = (await server.drain(queue)).filter(({ transactionId }) => transactionId === item.transactionId);
    expect(delivered).toHaveLength(1);
  });
});

describe('pools', () => {
  test('the smallest sensible pool serves every route on both workers', async () => {
    await using server = await TestServer.start(database, { DB_POOL_SIZE: '10' });
    const queue = await newQueue(server);
    for (const worker of [1, 2]) {
      await using connection = await server.connectTo(worker);
      for (const route of ROUTES) {
        const items = [{ queue, payload: 1, partition: `${worker}` }];
        expect(await connection.post(route, { items })).toMatchObject({ status: 201, body: [{ status: 'queued' }] });
      }
      expect(await connection.post('/api/v1/configure', { queue })).toMatchObject({ status: 200 });
      expect(await connection.get(`/api/v1/pop/queue/${queue}/partition/${worker}?autoAck=true&batch=5`)).toMatchObject(
        {
          status: 200,
          body: { messages: [{}, {}] },
        },
      );
      expect(await connection.get('/health')).toMatchObject({ status: 200, body: { worker_id: worker } });
    }
    expect(await database.sessions()).toHaveLength(9);
  });

  test('POOL_MODE=unified: everything is async, and push-legacy says why it is not there', async () => {
    await using server = await TestServer.start(database, { POOL_MODE: 'unified' });
    const queue = await newQueue(server);
    expect(await server.post(ROUTES[1], { items: [] })).toMatchObject({
      status: 404,
      body: { error: expect.stringContaining('POOL_MODE=unified') },
    });
    expect(await server.push(ROUTES[0], [{ queue, payload: 1 }])).toMatchObject([{ status: 'queued' }]);
    expect(await applicationNames()).toEqual({ 'queueproof/async/1': 5, 'queueproof/async/2': 4 });
  });
});

describe('a worker does not stand still', () => {
  test.each(ROUTES)('while a push on %s waits for a row lock, everything else answers at once', async (route) => {
    await using server = await TestServer.start(database, { NUM_WORKERS: '1' });
    const queue = await newQueue(server);
    const other = await newQueue(server);
    const lock = await lockPartition(database, queue);
    const pushed = server.push(route, [{ queue, payload: 1 }]);
    await untilBlocked(database, 1);
    for (let round = 0; round < 20; round += 1) {
      expect(await timed(() => server.get('/health'))).toBeLessThan(1_000);
      for (const free of ROUTES) {
        expect(await timed(() => server.push(free, [{ queue: other, payload: 1 }]))).toBeLessThan(1_000);
      }
      expect(await timed(() => server.drain(other))).toBeLessThan(1_000);
    }
    expect(await database.sessions()).toContainEqual(expect.objectContaining({ wait_event_type: 'Lock' }));
    await lock[Symbol.asyncDispose]();
    expect(await pushed).toMatchObject([{ status: 'queued' }]);
  });

  test('pushes that wait for locks leave a connection for /health and consumers', async () => {
    await using server = await TestServer.start(database);
    const queues = [await newQueue(server), await newQueue(server)];
    // The worker with two async connections.
    const connections = await Promise.all([1, 2, 3].map(() => server.connectTo(2)));
    const locks = await Promise.all(queues.map((queue) => lockPartition(database, queue)));
    const push = (index: number) =>
      connections[index]?.post(ROUTES[0], { items: [{ queue: queues[index], payload: 1 }] });
    // One after the other, or they would share a transaction and with it a connection.
    const pushed = [push(0)];
    await untilBlocked(database, 1);
    pushed.push(push(1));
    for (let round = 0; round < 10; round += 1) {
      expect(await connections[2]?.get('/health')).toMatchObject({ status: 200 });
    }
    for (const lock of locks) await lock[Symbol.asyncDispose]();
    for (const reply of await Promise.all(pushed))
      expect(reply).toMatchObject({ status: 201, body: [{ status: 'queued' }] });
    for (const connection of connections) await connection[Symbol.asyncDispose]();
  });

  test('a lock on one partition does not fail pushes to others that share its transaction', async () => {
    await using server = await TestServer.start(database, { NUM_WORKERS: '1', DB_LOCK_TIMEOUT: '500' });
    const queue = await newQueue(server);
    const free = await newQueue(server);
    const items = [
      { queue, payload: 1 },
      { queue: free, payload: 1 },
    ];
    // From here on the worker knows both partitions, so their messages gather in the same turn and share a transaction.
    await server.push(ROUTES[0], items);
    const lock = await lockPartition(database, queue);
    const reply = await server.push(ROUTES[0], items);
    expect(reply).toMatchObject([
      { status: 'failed', error: expect.stringContaining('lock timeout') },
      { status: 'queued' },
    ]);
    await lock[Symbol.asyncDispose]();
  });
});

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}
