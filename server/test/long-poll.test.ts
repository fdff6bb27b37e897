import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { ack, dataOf, pop } from './consumer.ts';
import { SOON, useTestDatabase } from './test-database.ts';
import { TestServer } from './test-server.ts';

const database = useTestDatabase('end');
const ROUTES = ['/api/v1/push', '/api/v1/push-legacy'] as const;
let server: TestServer;
let queues = 0;

beforeAll(async () => {
  server = await TestServer.start(database);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

async function newQueue(options: object = {}): Promise<string> {
  queues += 1;
  await server.configure(`w${queues}`, options);
  return `w${queues}`;
}

/** Waits until this many pops have looked for messages in vain: the group's cursor exists, and the server is quiet. */
async function untilParked(queue: string): Promise<void> {
  await vi.waitFor(async () => {
    const { rowCount } = await database.admin.query(
      `select from queen.partition_consumers c join queen.partitions p on p.id = c.partition_id
       join queen.queues q on q.id = p.queue_id where q.name = $1`,
      [queue],
    );
    expect(rowCount).toBeGreaterThan(0);
  }, SOON);
  // Long enough for interest to travel, short against the recheck.
  await delay(100);
}

async function liveLeases(queue: string): Promise<number> {
  const { rowCount } = await database.admin.query(
    `select from queen.partition_consumers c join queen.partitions p on p.id = c.partition_id
     join queen.queues q on q.id = p.queue_id where q.name = $1 and c.lease_expires_at is not null`,
    [queue],
  );
  return rowCount ?? 0;
}

const WAIT = { wait: true, timeout: 20_000 };

describe('a waiting pop', () => {
  test.each(ROUTES.flatMap((route) => [1, 2].flatMap((from) => [1, 2].map((to) => ({ route, from, to })))))(
    'in worker $to is woken at once by a push on $route in worker $from',
    async ({ route, from, to }) => {
      const queue = await newQueue();
      await using consumer = await server.connectTo(to);
      await using producer = await server.connectTo(from);
      // The partition and the thread are known; nothing but the wake-up is timed.
      await producer.post(route, { items: [{ queue, payload: 0 }] });
      expect(await pop(consumer, queue, { autoAck: true })).toHaveLength(1);
      const latencies: number[] = [];
      for (let round = 1; round <= 9; round += 1) {
        const waiting = pop(consumer, queue, { ...WAIT, autoAck: true });
        await delay(30);
        const startedAt = performance.now();
        const pushed = producer.post(route, { items: [{ queue, payload: round }] });
        expect(dataOf(await waiting)).toEqual([round]);
        latencies.push(performance.now() - startedAt);
        expect((await pushed).status).toBe(201);
      }
      // The median: the machine is shared.
      expect(latencies.toSorted((a, b) => a - b)[4]).toBeLessThan(50);
    },
  );

  test('by namespace and task is woken too', async () => {
    const queue = await newQueue();
    await server.post('/api/v1/configure', { queue, namespace: 'ns', task: 'task' });
    for (const query of ['namespace=ns', 'task=task', 'namespace=ns&task=task']) {
      for (const worker of [1, 2]) {
        await using consumer = await server.connectTo(worker);
        const waiting = consumer.get(`/api/v1/pop?${query}&wait=true&timeout=20000&autoAck=true`);
        await untilParked(queue);
        const startedAt = performance.now();
        await server.push(ROUTES[0], [{ queue, payload: query }]);
        expect((await waiting).body).toMatchObject({ messages: [{ data: query }] });
        expect(performance.now() - startedAt).toBeLessThan(500);
      }
    }
  });

  test('ends with 204 when its time is up', async () => {
    const queue = await newQueue();
    const startedAt = performance.now();
    expect(await server.get(`/api/v1/pop/queue/${queue}?wait=true&timeout=300`)).toMatchObject({
      status: 204,
      text: '',
    });
    expect(performance.now() - startedAt).toBeGreaterThan(299);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    expect(await server.get('/api/v1/pop/queue/absent?wait=true&timeout=0')).toMatchObject({ status: 204 });
    expect(await server.get(`/api/v1/pop/queue/${queue}?wait=true&timeout=x`)).toMatchObject({ status: 400 });
    await server.push(ROUTES[0], [{ queue, payload: 1 }]);
    expect(await pop(server, queue, { wait: true, timeout: 0 })).toHaveLength(1);
  });

  test('has a lease of its own, beside others that wait', async () => {
    const queue = await newQueue();
    const waiting = Array.from({ length: 6 }, () => pop(server, queue, { ...WAIT, batch: 10 }));
    await untilParked(queue);
    const items = ['a', 'b', 'c'].flatMap((partition) => [1, 2].map((payload) => ({ queue, partition, payload })));
    await server.push(ROUTES[0], items);
    const first = await Promise.race(waiting);
    expect(await liveLeases(queue)).toBeLessThanOrEqual(3);
    expect(first.map(({ data }) => data)).toEqual([1, 2]);
    await server.push(
      ROUTES[0],
      ['d', 'e', 'f'].map((partition) => ({ queue, partition, payload: 3 })),
    );
    const deliveries = await Promise.all(waiting);
    expect(new Set(deliveries.map((messages) => messages[0]?.leaseId)).size).toBe(6);
    const seen = deliveries.flatMap((messages) => messages.map(({ partition, data }) => `${partition}${data}`));
    expect(seen.toSorted()).toEqual(['a1', 'a2', 'b1', 'b2', 'c1', 'c2', 'd3', 'e3', 'f3']);
  });

  test('gets what another consumer sets free: by its last ack, by failing, by letting its lease run out', async () => {
    const queue = await newQueue({ leaseTime: 1 });
    await server.push(
      ROUTES[0],
      [1, 2].map((payload) => ({ queue, payload })),
    );
    const [first] = await pop(server, queue);
    const second = pop(server, queue, WAIT);
    await delay(200);
    const startedAt = performance.now();
    expect(await ack(server, first)).toBe('completed');
    const [message] = await second;
    expect(message).toMatchObject({ data: 2 });
    expect(performance.now() - startedAt).toBeLessThan(500);
    const third = pop(server, queue, WAIT);
    expect(await ack(server, message, 'failed')).toBe('failed_retry');
    expect(await third).toMatchObject([{ data: 2, retryCount: 1 }]);
    expect(await pop(server, queue, WAIT)).toMatchObject([{ data: 2, retryCount: 2 }]);
  });

  test('with autoAck leaves no lease', async () => {
    const queue = await newQueue();
    const waiting = pop(server, queue, { ...WAIT, autoAck: true, batch: 5 });
    await untilParked(queue);
    await server.push(
      ROUTES[0],
      [1, 2].map((payload) => ({ queue, payload })),
    );
    expect(await waiting).toMatchObject([{ data: 1, leaseId: null }, { data: 2 }]);
    expect(await liveLeases(queue)).toBe(0);
    expect(await pop(server, queue)).toEqual([]);
  });

  test('keeps its subscription', async () => {
    const queue = await newQueue();
    await server.push(ROUTES[0], [{ queue, payload: 'old' }]);
    const waiting = pop(server, queue, { ...WAIT, consumerGroup: 'g', subscriptionMode: 'new' });
    await untilParked(queue);
    await server.push(ROUTES[0], [{ queue, payload: 'new' }]);
    expect(dataOf(await waiting)).toEqual(['new']);
  });
});

test.each([true, false])(
  'waiters that were killed swallow nothing: a live one gets the message (autoAck=%s)',
  async (autoAck) => {
    const queue = await newQueue();
    const killed = Array.from({ length: 5 }, () => {
      const abort = new AbortController();
      const path = `/api/v1/pop/queue/${queue}?wait=true&timeout=20000&autoAck=${autoAck}`;
      return { abort, ended: request(`${server.origin}${path}`, { signal: abort.signal }).catch(() => undefined) };
    });
    await untilParked(queue);
    const alive = pop(server, queue, { ...WAIT, autoAck });
    await delay(50);
    for (const { abort } of killed) abort.abort();
    await Promise.all(killed.map(({ ended }) => ended));
    const startedAt = performance.now();
    await server.push(ROUTES[0], [{ queue, payload: 'precious' }]);
    expect(dataOf(await alive)).toEqual(['precious']);
    expect(performance.now() - startedAt).toBeLessThan(500);
    expect(await liveLeases(queue)).toBe(autoAck ? 0 : 1);
  },
);

test('a push through another server is found by the recheck', async () => {
  await using other = await TestServer.start(database, { NUM_WORKERS: '1' });
  const queue = await newQueue();
  const waiting = pop(server, queue, WAIT);
  await untilParked(queue);
  const startedAt = performance.now();
  await other.push(ROUTES[0], [{ queue, payload: 1 }]);
  expect(await waiting).toHaveLength(1);
  expect(performance.now() - startedAt).toBeLessThan(3_000);
});

test('more waiters than allowed are told so, and a stopping server answers those it has', async () => {
  await using small = await TestServer.start(database, { NUM_WORKERS: '1', POP_MAX_WAITERS: '3' });
  const queue = await newQueue();
  const path = `/api/v1/pop/queue/${queue}?wait=true&timeout=20000`;
  const waiting = [1, 2, 3].map(() => small.get(path));
  await untilParked(queue);
  expect(await small.get(path)).toMatchObject({ status: 503, body: { error: expect.stringContaining('3 consumers') } });
  await small.stop();
  for (const reply of await Promise.all(waiting)) expect(reply).toMatchObject({ status: 204 });
});

test('1,000 idle waiters hold no connection and cost next to no CPU', async () => {
  await using busy = await TestServer.start(database, { NUM_WORKERS: '1' });
  const queue = await newQueue();
  const abort = new AbortController();
  const waiting = Array.from({ length: 1_000 }, (_, index) => {
    const path = `/api/v1/pop/queue/${queue}?wait=true&timeout=60000&consumerGroup=g${index % 100}`;
    return request(`${busy.origin}${path}`, { signal: abort.signal }).catch(() => undefined);
  });
  await vi.waitFor(async () => {
    const { rows } = await database.admin.query(
      `select count(*)::int n from queen.partition_consumers c
      join queen.partitions p on p.id = c.partition_id join queen.queues q on q.id = p.queue_id where q.name = $1`,
      [queue],
    );
    expect(rows[0].n).toBe(100);
  }, SOON);
  await delay(500);
  const [pid] = busy.process.workerPids();
  const cpuMs = async (): Promise<number> => {
    const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? [];
    // utime and stime, in ticks of 10 ms.
    return (Number(fields[11]) + Number(fields[12])) * 10;
  };
  const before = await cpuMs();
  await delay(3_000);
  const usedMs = (await cpuMs()) - before;
  expect((await busy.get('/health')).body.pool).toMatchObject({ waiting: 0 });
  expect(usedMs).toBeLessThan(150);
  abort.abort();
  await Promise.all(waiting);
});
