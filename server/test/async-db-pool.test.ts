import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { afterEach, expect, test, vi } from 'vitest';
import { createLog } from '../log.ts';
import { AsyncDbPool, PoolClosedError, type PoolOptions } from '../pool/async-db-pool.ts';
import type { PooledConnection } from '../pool/pooled-connection.ts';
import type { SessionSettings } from '../pool/session.ts';
import { PoolTimeoutError } from '../pool/waiter-queue.ts';
import { ConnectionLostError, classifyFailure } from '../sql/sqlstate.ts';
import { CutableProxy } from './cutable-proxy.ts';
import { SOON, useTestDatabase } from './test-database.ts';

const database = useTestDatabase('each');
/** The pool gives results on their way this long before it cancels them. */
const CLEAN_BOUND_MS = 1_000;

const SETTINGS: SessionSettings = {
  applicationName: 'queueproof/async/1',
  schema: 'odd "schema',
  statementTimeoutMs: 21_000,
  lockTimeoutMs: 7_000,
  idleInTransactionTimeoutMs: 13_000,
};

const pools: AsyncDbPool[] = [];
// Runs before the leak check, which was registered first.
afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(pools.splice(0).map((pool) => pool.close(1_000)));
});

async function openPool(size: number, options: Partial<PoolOptions> = {}): Promise<AsyncDbPool> {
  const pool = new AsyncDbPool({
    address: database.address,
    settings: SETTINGS,
    size,
    acquireTimeoutMs: 5_000,
    log: createLog('silent', 1),
    random: Math.random,
    ...options,
  });
  pools.push(pool);
  await pool.ready();
  return pool;
}

async function pidOf(connection: PooledConnection): Promise<number> {
  const { rows } = await connection.query<{ pid: number }>({ text: 'select pg_backend_pid() as pid' });
  return rows[0]?.pid ?? Number.NaN;
}

async function one(connection: PooledConnection | AsyncDbPool, text: string): Promise<unknown> {
  const { rows } = await connection.query<{ value: unknown }>({ text: `select ${text} as value` });
  return rows[0]?.value;
}

/** Waits until PostgreSQL runs this statement for us. */
async function untilRunning(pid: number, text: string): Promise<void> {
  await vi.waitFor(async () => {
    const session = (await database.sessions()).find((row) => row.pid === pid);
    expect(session).toMatchObject({ state: 'active', query: expect.stringContaining(text) });
  }, SOON);
}

/** Holds an advisory lock; a statement that asks for it waits until the session is disposed. */
async function holdAdvisoryLock(key: number) {
  const session = await database.openSession();
  await session.client.query('select pg_advisory_lock($1)', [key]);
  return session;
}

test('connections are opened at once, with all session settings', async () => {
  const pool = await openPool(3);
  expect(pool.statistics()).toMatchObject({ size: 3, idle: 3, inUse: 0, waiting: 0, opened: 3, discarded: 0 });
  expect(await database.sessions()).toHaveLength(3);
  const borrowed = [await pool.acquire(), await pool.acquire(), await pool.acquire()];
  expect(new Set(await Promise.all(borrowed.map(pidOf))).size).toBe(3);
  for (const connection of borrowed) {
    await expectSettings(connection);
    await connection.release();
  }
});

async function expectSettings(connection: PooledConnection): Promise<void> {
  const { rows } = await connection.query({
    text: `select current_setting('application_name') as application_name, current_setting('search_path') as search_path,
                  current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock,
                  current_setting('idle_in_transaction_session_timeout') as idle_in_transaction`,
  });
  expect(rows).toEqual([
    {
      application_name: 'queueproof/async/1',
      search_path: '"odd ""schema", public',
      statement: '21s',
      lock: '7s',
      idle_in_transaction: '13s',
    },
  ]);
}

test('release with a query in flight: it is read to the end, and the next borrower gets only its own results', async () => {
  const pool = await openPool(1);
  const lock = await holdAdvisoryLock(1);
  const first = await pool.acquire();
  const pid = await pidOf(first);
  const forgotten = first.query({ text: "select 'of the first' as value, pg_advisory_lock(1)" });
  await untilRunning(pid, 'of the first');
  const released = first.release();
  const next = pool.acquire();
  await lock[Symbol.asyncDispose]();
  await released;
  await using second = await next;
  expect(await pidOf(second)).toBe(pid);
  expect(await one(second, "'of the second'")).toBe('of the second');
  expect((await forgotten).rows).toMatchObject([{ value: 'of the first' }]);
  expect(pool.statistics()).toMatchObject({ drained: 1, rolledBack: 0, discarded: 0, opened: 1 });
});

test('release with many queries in flight, one of which fails', async () => {
  const pool = await openPool(1);
  const first = await pool.acquire();
  const forgotten = Promise.allSettled([one(first, '1'), one(first, '1/0'), one(first, '3')]);
  await first.release();
  expect(await one(pool, "'of the second'")).toBe('of the second');
  expect(await forgotten).toMatchObject([{ value: 1 }, { reason: { code: '22012' } }, { value: 3 }]);
  expect(pool.statistics()).toMatchObject({ drained: 1, rolledBack: 0, discarded: 0 });
});

test('release with a query longer than the bound: it is cancelled at the server and the connection replaced', async () => {
  const pool = await openPool(1);
  await using _lock = await holdAdvisoryLock(2);
  const first = await pool.acquire();
  const pid = await pidOf(first);
  const forgotten = first.query({ text: 'select pg_advisory_lock(2)' }).catch((error: unknown) => error);
  await untilRunning(pid, 'pg_advisory_lock(2)');
  const startedAt = performance.now();
  await first.release();
  expect(performance.now() - startedAt).toBeGreaterThan(CLEAN_BOUND_MS * 0.9);
  // Without the cancel request the backend would wait for the lock, which nobody releases here, until its lock time-out.
  const gone = async () => expect((await database.sessions()).map((row) => row.pid)).not.toContain(pid);
  await vi.waitFor(gone, { timeout: SETTINGS.lockTimeoutMs / 2, interval: 10 });
  expect(await forgotten).toBeInstanceOf(Error);
  await using second = await pool.acquire();
  expect(await pidOf(second)).not.toBe(pid);
  await expectSettings(second);
  expect(pool.statistics()).toMatchObject({ size: 1, drained: 1, discarded: 1, opened: 2 });
});

test('release inside a transaction rolls it back', async () => {
  await database.admin.query('create table kept (n int)');
  const pool = await openPool(1);
  const first = await pool.acquire();
  const pid = await pidOf(first);
  await first.query({ text: 'begin' });
  await first.query({ text: 'insert into public.kept values (1)' });
  await first.release();
  await using second = await pool.acquire();
  expect(await pidOf(second)).toBe(pid);
  expect(await one(second, '(select count(*)::int from public.kept)')).toBe(0);
  // Autocommit again: what the next borrower writes is seen by others at once.
  await second.query({ text: 'insert into public.kept values (2)' });
  expect((await database.admin.query('select n from kept')).rows).toEqual([{ n: 2 }]);
  expect(pool.statistics()).toMatchObject({ rolledBack: 1, drained: 0, discarded: 0, opened: 1 });
});

test('release inside a failed transaction rolls it back', async () => {
  const pool = await openPool(1);
  const first = await pool.acquire();
  const pid = await pidOf(first);
  await first.query({ text: 'begin' });
  await expect(one(first, '1/0')).rejects.toMatchObject({ code: '22012' });
  await expect(one(first, '1')).rejects.toMatchObject({ code: '25P02' });
  await first.release();
  await using second = await pool.acquire();
  expect(await pidOf(second)).toBe(pid);
  expect(await one(second, "'works'")).toBe('works');
  expect(pool.statistics()).toMatchObject({ rolledBack: 1, drained: 0, discarded: 0, opened: 1 });
});

test('leaving an `await using` block by an error gives the connection back, rolled back', async () => {
  const pool = await openPool(1);
  const work = async (): Promise<void> => {
    await using connection = await pool.acquire();
    await connection.query({ text: 'begin' });
    await one(connection, '1/0');
  };
  await expect(work()).rejects.toMatchObject({ code: '22012' });
  expect(pool.statistics()).toMatchObject({ idle: 1, inUse: 0, rolledBack: 1, discarded: 0 });
});

test('a backend terminated while idle is replaced before anybody asks', async () => {
  const pool = await openPool(2);
  const [victim] = await database.sessions();
  await database.terminate(victim?.pid);
  await vi.waitFor(() => expect(pool.statistics()).toMatchObject({ size: 2, idle: 2, opened: 3, discarded: 1 }), SOON);
  const borrowed = [await pool.acquire(), await pool.acquire()];
  for (const connection of borrowed) await expectSettings(connection);
  expect(await Promise.all(borrowed.map(pidOf))).not.toContain(victim?.pid);
  await Promise.all(borrowed.map((connection) => connection.release()));
});

test('a backend terminated while busy: the query rejects as an outage, the connection is replaced', async () => {
  const pool = await openPool(1);
  await using _lock = await holdAdvisoryLock(3);
  const first = await pool.acquire();
  const pid = await pidOf(first);
  const busy = first.query({ text: 'select pg_advisory_lock(3)' }).catch((error: unknown) => error);
  await untilRunning(pid, 'pg_advisory_lock(3)');
  await database.terminate(pid);
  expect(classifyFailure(await busy)).toBe('outage');
  // What comes after it on the same connection is lost as well.
  expect(classifyFailure(await one(first, '1').catch((error: unknown) => error))).toBe('outage');
  await first.release();
  await using second = await pool.acquire();
  await expectSettings(second);
  expect(pool.statistics()).toMatchObject({ size: 1, opened: 2, drained: 0, rolledBack: 0, discarded: 1 });
});

test('a socket cut while busy: the query rejects as ConnectionLostError, the connection is replaced', async () => {
  await using proxy = await CutableProxy.start(database.address);
  const pool = await openPool(1, { address: { ...database.address, port: proxy.port } });
  await using _lock = await holdAdvisoryLock(4);
  const first = await pool.acquire();
  const pid = await pidOf(first);
  await first.query({ text: 'begin' });
  const busy = first.query({ text: 'select pg_advisory_lock(4)' }).catch((error: unknown) => error);
  await untilRunning(pid, 'pg_advisory_lock(4)');
  proxy.cut();
  expect(await busy).toBeInstanceOf(ConnectionLostError);
  expect(classifyFailure(await busy)).toBe('outage');
  await first.release();
  expect(await one(pool, "'works'")).toBe('works');
  expect(pool.statistics()).toMatchObject({ size: 1, opened: 2, rolledBack: 0, discarded: 1 });
  // Nobody told PostgreSQL; its backend waits for the lock until then.
  await database.terminate(pid);
});

test('a connection that breaks while its queries are drained counts as discarded, not as rolled back', async () => {
  const pool = await openPool(1);
  await using _lock = await holdAdvisoryLock(5);
  const first = await pool.acquire();
  const pid = await pidOf(first);
  await first.query({ text: 'begin' });
  const busy = first.query({ text: 'select pg_advisory_lock(5)' }).catch((error: unknown) => error);
  await untilRunning(pid, 'pg_advisory_lock(5)');
  const released = first.release();
  await database.terminate(pid);
  await released;
  expect(classifyFailure(await busy)).toBe('outage');
  await vi.waitFor(() => expect(pool.statistics()).toMatchObject({ size: 1, idle: 1, opened: 2 }), SOON);
  expect(pool.statistics()).toMatchObject({ drained: 1, rolledBack: 0, discarded: 1 });
});

test('no reply within the statement time-out and its grace: the connection counts as dead', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const pool = await openPool(1);
  const first = await pool.acquire();
  // PostgreSQL's own statement time-out is off for this session: the reply never comes, as from a host that died.
  await first.query({ text: 'set statement_timeout = 0' });
  const silent = first.query({ text: 'select pg_sleep(600)' }).catch((error: unknown) => error);
  const pid = (await database.sessions())[0]?.pid;
  vi.advanceTimersByTime(SETTINGS.statementTimeoutMs);
  expect(await Promise.race([silent, Promise.resolve('still waiting')])).toBe('still waiting');
  vi.advanceTimersByTime(5_000);
  vi.useRealTimers();
  expect(await silent).toBeInstanceOf(ConnectionLostError);
  await first.release();
  expect(await one(pool, "'works'")).toBe('works');
  await database.terminate(pid);
});

test('a waiter that times out is told how long it waited, never served, and leaks nothing', async () => {
  const pool = await openPool(1);
  const first = await pool.acquire();
  const refused = await pool.acquire({ timeoutMs: 30 }).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(PoolTimeoutError);
  expect(refused).toHaveProperty('message', 'No database connection became free within 30 ms.');
  expect(pool.statistics()).toMatchObject({ waiting: 0, inUse: 1 });
  await first.release();
  expect(pool.statistics()).toMatchObject({ idle: 1, inUse: 0 });
  expect(await one(pool, "'works'")).toBe('works');
});

test('a waiter that aborts gets the reason, is never served, and those behind it are', async () => {
  const pool = await openPool(1);
  const first = await pool.acquire();
  const controller = new AbortController();
  const aborted = pool.acquire({ signal: controller.signal }).catch((error: unknown) => error);
  const patient = pool.acquire();
  expect(pool.statistics().waiting).toBe(2);
  const reason = new Error('the client went away');
  controller.abort(reason);
  expect(await aborted).toBe(reason);
  expect(pool.statistics().waiting).toBe(1);
  await first.release();
  await (await patient).release();
  expect(pool.statistics()).toMatchObject({ idle: 1, inUse: 0, waiting: 0 });
  await expect(pool.acquire({ signal: controller.signal })).rejects.toBe(reason);
  expect(pool.statistics()).toMatchObject({ idle: 1, inUse: 0 });
});

test('more waiters than connections are served in the order of asking', async () => {
  const pool = await openPool(2);
  const borrowed = [await pool.acquire(), await pool.acquire()];
  const served: number[] = [];
  const waiters = Array.from({ length: 20 }, async (_, number) => {
    await using connection = await pool.acquire();
    served.push(number);
    await one(connection, '1');
  });
  expect(pool.statistics()).toMatchObject({ waiting: 20, inUse: 2 });
  expect(served).toEqual([]);
  await Promise.all(borrowed.map((connection) => connection.release()));
  await Promise.all(waiters);
  expect(served).toEqual(Array.from({ length: 20 }, (_, number) => number));
  expect(pool.statistics()).toMatchObject({ waiting: 0, idle: 2, acquireWaitUs: { count: 22 } });
});

test('a pool closed with waiters and borrowed connections: waiters are turned away, borrowers may finish', async () => {
  const pool = await openPool(2);
  const borrowed = [await pool.acquire(), await pool.acquire()] as const;
  const waiter = pool.acquire().catch((error: unknown) => error);
  const closed = pool.close(5_000);
  expect(await waiter).toBeInstanceOf(PoolClosedError);
  await expect(pool.acquire()).rejects.toBeInstanceOf(PoolClosedError);
  expect(await one(borrowed[0], "'still works'")).toBe('still works');
  for (const connection of borrowed) await connection.release();
  await closed;
  expect(pool.statistics()).toMatchObject({ size: 0, idle: 0, inUse: 0, waiting: 0, discarded: 0 });
});

test('a borrower that does not come back before the bound is cut', async () => {
  const pool = await openPool(1);
  const kept = await pool.acquire();
  await pool.close(50);
  await expect(one(kept, '1')).rejects.toThrow();
  await kept.release();
  expect(pool.statistics()).toMatchObject({ size: 0, opened: 1 });
});

test('a pool closed while a connection is being replaced waits for that attempt', async () => {
  await using proxy = await CutableProxy.start(database.address);
  const pool = await openPool(1, { address: { ...database.address, port: proxy.port, connectTimeoutMs: 1_000 } });
  const first = await pool.acquire();
  proxy.hold();
  proxy.cut();
  await first.release();
  // The replacement has connected but PostgreSQL does not answer yet.
  await vi.waitFor(() => expect(proxy.connections).toBe(1), SOON);
  await pool.close(5_000);
  expect(pool.statistics().size).toBe(0);
  await vi.waitFor(() => expect(proxy.connections).toBe(0), { timeout: 300, interval: 10 });
});

test('releasing twice throws, and a released connection refuses queries', async () => {
  const pool = await openPool(1);
  const first = await pool.acquire();
  await first.release();
  await expect(first.release()).rejects.toThrow('released twice');
  await expect(one(first, '1')).rejects.toThrow('already released');
  // The second call must not have freed the connection of the next borrower.
  const second = await pool.acquire();
  await expect(first.release()).rejects.toThrow('released twice');
  expect(pool.statistics()).toMatchObject({ idle: 0, inUse: 1 });
  await second.release();
});

test('the pool keeps trying while PostgreSQL is away and heals by itself', async () => {
  const pool = await openPool(2, { random: () => 0 });
  const away = await database.takeAway();
  await vi.waitFor(() => expect(pool.statistics()).toMatchObject({ size: 0, discarded: 2 }), SOON);
  await expect(pool.acquire({ timeoutMs: 50 })).rejects.toBeInstanceOf(PoolTimeoutError);
  const patient = pool.acquire({ timeoutMs: 10_000 });
  await away[Symbol.asyncDispose]();
  await using connection = await patient;
  await expectSettings(connection);
  await vi.waitFor(() => expect(pool.statistics()).toMatchObject({ size: 2, opened: 4 }), SOON);
});

test('under churn the pool is never larger than its size, and ends complete and clean', async () => {
  const size = 4;
  const pool = await openPool(size);
  let running = true;
  const borrow = async (): Promise<void> => {
    while (running) {
      const connection = await pool.acquire();
      await connection.query({ text: 'begin' }).catch(expectOutage);
      await one(connection, '1').catch(expectOutage);
      await connection.release();
    }
  };
  const borrowers = Array.from({ length: 3 * size }, borrow);
  let peak = 0;
  for (let kills = 0; kills < 15; kills += 1) {
    const sessions = await database.sessions();
    peak = Math.max(peak, sessions.length);
    const victim = sessions[kills % sessions.length];
    if (victim !== undefined) await database.terminate(victim.pid);
  }
  running = false;
  await Promise.all(borrowers);
  await vi.waitFor(() => expect(pool.statistics()).toMatchObject({ size, idle: size, waiting: 0 }), SOON);
  expect(peak).toBeGreaterThan(0);
  expect(peak).toBeLessThanOrEqual(size);
  const { opened, discarded } = pool.statistics();
  expect(discarded).toBeGreaterThan(0);
  expect(opened).toBe(size + discarded);
  await vi.waitFor(async () => expect(await database.sessions()).toHaveLength(size), SOON);
});

function expectOutage(error: unknown): void {
  expect([classifyFailure(error), error]).toEqual(['outage', expect.any(Error)]);
}

test('the histogram holds what callers waited', async () => {
  const pool = await openPool(1);
  const first = await pool.acquire();
  const waiter = pool.acquire();
  await delay(30);
  await first.release();
  await (await waiter).release();
  const { count, max } = pool.statistics().acquireWaitUs;
  expect(count).toBe(2);
  expect(max).toBeGreaterThan(25_000);
  expect(max).toBeLessThan(5_000_000);
});

test('an error of PostgreSQL comes through as it is', async () => {
  const pool = await openPool(1);
  await expect(one(pool, '1/0')).rejects.toBeInstanceOf(pg.DatabaseError);
  expect(pool.statistics()).toMatchObject({ idle: 1, discarded: 0 });
});
