import { describe, expect, test, vi } from 'vitest';
import { useTestDatabase } from './test-database.ts';
import { TestServer } from './test-server.ts';

const database = useTestDatabase('each');
const ROUTES = ['/api/v1/push', '/api/v1/push-legacy'] as const;
const PATH = '/api/v1/system/maintenance';
const BACK = Object.freeze({ timeout: 20_000, interval: 20 });

const isOn = async (server: Pick<TestServer, 'get'>): Promise<boolean> => (await server.get(PATH)).body.maintenanceMode;

describe('maintenance mode', () => {
  test('nine messages stay nine while it is on, and are nine rows in order afterwards', async () => {
    await using server = await TestServer.start(database);
    await server.configure('m');
    expect((await server.get(PATH)).body).toEqual({
      maintenanceMode: false,
      bufferedMessages: 0,
      bufferHealthy: true,
      bufferStats: {
        pendingCount: 0,
        failedCount: 0,
        dbHealthy: true,
        failedFiles: { count: 0, totalBytes: 0, totalMB: 0, failoverCount: 0, qos0Count: 0 },
      },
    });
    expect(await server.post(PATH, { enabled: true })).toMatchObject({
      status: 200,
      body: {
        maintenanceMode: true,
        bufferedMessages: 0,
        bufferHealthy: true,
        message: 'Maintenance mode ENABLED. All PUSHes routing to file buffer.',
      },
    });
    for (let payload = 0; payload < 9; payload += 1) {
      const [result] = await server.push(ROUTES[payload % 2] ?? '', [{ queue: 'm', payload }]);
      expect(result).toMatchObject({ status: 'buffered', transaction_id: expect.any(String) });
    }
    // Long enough for a drain that feeds itself to show.
    const until = performance.now() + 2_000;
    while (performance.now() < until) {
      expect((await server.get(PATH)).body).toMatchObject({
        maintenanceMode: true,
        bufferedMessages: 9,
        bufferHealthy: true,
        bufferStats: { pendingCount: 9, failedCount: 0, dbHealthy: true },
      });
    }
    const count = async () => (await database.admin.query('select count(*)::int as n from queen.messages')).rows[0].n;
    expect(await count()).toBe(0);
    expect(await server.post(PATH, { enabled: false })).toMatchObject({
      status: 200,
      body: {
        maintenanceMode: false,
        message: 'Maintenance mode DISABLED. Background processor will drain buffer to DB.',
      },
    });
    await vi.waitFor(async () => expect((await server.get(PATH)).body.bufferedMessages).toBe(0), BACK);
    expect(await count()).toBe(9);
    expect((await server.drain('m')).map(({ data }) => data)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(await server.push(ROUTES[0], [{ queue: 'missing', payload: 1 }])).toMatchObject([{ status: 'failed' }]);
  });

  test('every worker agrees when the POST is answered, another server within a second, and a restart keeps it', async () => {
    const first = await TestServer.start(database);
    await using second = await TestServer.start(database);
    await first.configure('agree');
    for (const enabled of [true, false, true]) {
      await first.post(PATH, { enabled });
      for (const worker of [1, 2]) {
        await using connection = await first.connectTo(worker);
        expect(await isOn(connection)).toBe(enabled);
        if (!enabled) continue;
        const reply = await connection.post(ROUTES[0], { items: [{ queue: 'agree', payload: 1 }] });
        expect(reply.body).toMatchObject([{ status: 'buffered' }]);
      }
      await vi.waitFor(async () => expect(await isOn(second)).toBe(enabled), { timeout: 1_000, interval: 10 });
    }
    expect(await second.push(ROUTES[0], [{ queue: 'agree', payload: 1 }])).toMatchObject([{ status: 'buffered' }]);
    await first.stop();
    await first[Symbol.asyncDispose]();
    await using third = await TestServer.start(database);
    expect(await isOn(third)).toBe(true);
    expect(await third.push(ROUTES[1], [{ queue: 'agree', payload: 1 }])).toMatchObject([{ status: 'buffered' }]);
    await third.post(PATH, { enabled: false });
  });

  test('a queue another server made while it is on is found', async () => {
    await using first = await TestServer.start(database);
    await using second = await TestServer.start(database);
    await first.post(PATH, { enabled: true });
    await second.configure('made elsewhere');
    expect(await first.push(ROUTES[0], [{ queue: 'made elsewhere', payload: 1 }])).toMatchObject([
      { status: 'buffered' },
    ]);
    await first.post(PATH, { enabled: false });
  });

  test('what is no boolean is refused, and without PostgreSQL nothing can be switched', async () => {
    await using server = await TestServer.start(database);
    const refused = { status: 400, body: { error: 'enabled (boolean) is required' } };
    for (const body of [{ enabled: 'yes' }, {}, []]) expect(await server.post(PATH, body)).toMatchObject(refused);
    expect(await server.request({ method: 'POST', path: PATH })).toMatchObject({ status: 400 });
    await using _away = await database.takeAway();
    expect(await server.post(PATH, { enabled: true })).toMatchObject({
      status: 503,
      body: { error: expect.any(String) },
    });
    expect(await isOn(server)).toBe(false);
  });
});
