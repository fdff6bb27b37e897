import { setTimeout as delay } from 'node:timers/promises';
import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { ack, ackBatch, ackOf, dataOf, pop, type WireMessage } from './consumer.ts';
import { SOON, useTestDatabase } from './test-database.ts';
import { TestServer } from './test-server.ts';

// Groups are independent of each other, of locks on messages, of consumers that went away.

const database = useTestDatabase('end');
let server: TestServer;
let queues = 0;

beforeAll(async () => {
  server = await TestServer.start(database);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

async function newQueue(): Promise<string> {
  queues += 1;
  await server.configure(`g${queues}`);
  return `g${queues}`;
}

async function push(queue: string, data: readonly unknown[], partition = 'Default'): Promise<void> {
  const items = data.map((payload) => ({ queue, partition, payload }));
  for (const { status } of await server.push('/api/v1/push', items)) expect(status).toBe('queued');
}

function numbers(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

/** Pops and acks until there is nothing more. */
async function consume(queue: string, consumerGroup: string, query: object = {}): Promise<readonly WireMessage[]> {
  const seen: WireMessage[] = [];
  for (;;) {
    const messages = await pop(server, queue, { consumerGroup, batch: 7, ...query });
    if (messages.length === 0) return seen;
    seen.push(...messages);
    const words = await ackBatch(
      server,
      messages.map((message) => ackOf(message)),
    );
    expect(new Set(words)).toEqual(new Set(['completed']));
  }
}

test('many groups that pop one partition at once each get everything in order, although others hold locks on messages', async () => {
  const queue = await newQueue();
  await push(queue, numbers(1, 50));
  await using side = await database.openSession();
  await side.client.query('begin');
  await side.client.query('select from queen.messages where seq % 2 = 0 for update');
  const groups = numbers(1, 8).map((group) => `group ${group}`);
  const seen = await Promise.all(groups.map((group) => consume(queue, group)));
  for (const messages of seen) expect(dataOf(messages)).toEqual(numbers(1, 50));
  await side.client.query('rollback');
});

test.each(['queue', 'namespace'])(
  'the first pops of a new group, all at once, each get a partition (by %s)',
  async (by) => {
    for (let round = 0; round < 10; round += 1) {
      const queue = await newQueue();
      await server.post('/api/v1/configure', { queue, namespace: queue });
      for (const partition of ['a', 'b', 'c']) await push(queue, [partition], partition);
      const path = by === 'queue' ? `/queue/${queue}?` : `?namespace=${queue}&`;
      const replies = await Promise.all(numbers(1, 3).map(() => server.get(`/api/v1/pop${path}consumerGroup=first`)));
      expect(replies.map(({ body }) => body?.messages[0]?.partition).sort()).toEqual(['a', 'b', 'c']);
    }
  },
);

test('a slow group loses nothing to a fast one, and an ack of one group is none of queue mode', async () => {
  const queue = await newQueue();
  await push(queue, numbers(1, 20));
  const [first] = await pop(server, queue, { consumerGroup: 'slow' });
  expect(await consume(queue, 'fast')).toHaveLength(20);
  expect(await ack(server, first)).toBe('completed');
  expect(dataOf(await consume(queue, 'slow'))).toEqual(numbers(2, 20));
  expect(dataOf(await server.drain(queue))).toEqual(numbers(1, 20));
});

test('an ack waits for nobody else’s consumer: one whose row is held is settled when it is free', async () => {
  const queue = await newQueue();
  await push(queue, [1], 'held');
  await push(queue, [2], 'free');
  const [held] = await pop(server, queue, { partition: 'held' });
  const [free] = await pop(server, queue, { partition: 'free' });
  await using side = await database.openSession();
  await side.client.query('begin');
  await side.client.query('select from queen.partition_consumers where lease_id = $1 for update', [held?.leaseId]);
  const late = [1, 2, 3].map(() => ack(server, held));
  expect(await ack(server, free)).toBe('completed');
  await side.client.query('rollback');
  expect(await Promise.all(late)).toEqual(['completed', 'completed', 'completed']);
});

test('pops, acks and pushes of many partitions and groups run into no deadlock', async () => {
  const queue = await newQueue();
  const deadlocks = async (): Promise<number> => {
    const { rows } = await database.admin.query(
      'select deadlocks::int from pg_stat_database where datname = current_database()',
    );
    return rows[0].deadlocks;
  };
  const before = await deadlocks();
  const partitions = numbers(1, 12).map((partition) => `p${partition}`);
  const groups = ['a', 'b', 'c'];
  const delivered = new Map(groups.map((group) => [group, new Set<unknown>()]));
  let pushing = true;
  const produce = async (producer: number): Promise<void> => {
    for (const round of numbers(1, 15)) {
      const shuffled = partitions.toSorted(
        (x, y) => Math.sin(producer + round * x.length) - Math.sin(y.length + round),
      );
      const items = shuffled.map((partition) => ({ queue, partition, payload: `${producer}/${round}/${partition}` }));
      for (const { status } of await server.push('/api/v1/push', items)) expect(status).toBe('queued');
    }
  };
  const take = async (group: string): Promise<void> => {
    for (let last = false; ; last = !pushing) {
      const held = [];
      for (let count = 0; count < 3; count += 1)
        held.push(...(await pop(server, queue, { consumerGroup: group, batch: 5 })));
      for (const { data } of held) delivered.get(group)?.add(data);
      // Of several partitions at once, last popped first.
      const words = await ackBatch(
        server,
        held.toReversed().map((message) => ackOf(message)),
      );
      expect(words.every((word) => word === 'completed')).toBe(true);
      if (held.length === 0 && last) return;
    }
  };
  const consumers = groups.flatMap((group) => [take(group), take(group)]);
  await Promise.all([produce(1), produce(2), produce(3)]);
  pushing = false;
  await Promise.all(consumers);
  for (const seen of delivered.values()) expect(seen.size).toBe(3 * 15 * partitions.length);
  expect(await deadlocks()).toBe(before);
});

describe.each([false, true])('a new group with wait=%s', (wait) => {
  const start = { wait, timeout: 20_000 };
  // What is there already, in a partition that goes on and in one that rests; what comes later.
  const cases = [
    { mode: {}, old: true },
    { mode: { subscriptionMode: 'all' }, old: true },
    { mode: { subscriptionFrom: '2020-01-01T00:00:00Z' }, old: true },
    { mode: { subscriptionMode: 'timestamp', subscriptionFrom: '2020-01-01T00:00:00.000Z' }, old: true },
    { mode: { subscriptionMode: 'new' }, old: false },
    { mode: { subscriptionMode: 'new-only' }, old: false },
    { mode: { subscriptionFrom: 'now' }, old: false },
    { mode: { subscriptionMode: 'new', subscriptionFrom: '2020-01-01T00:00:00Z' }, old: true },
  ];
  test.each(cases)('and $mode gets exactly what its subscription says, once', async ({ mode, old }) => {
    const queue = await newQueue();
    await push(queue, ['old busy'], 'busy');
    await push(queue, ['old idle'], 'idle');
    const query = { ...mode, consumerGroup: 'new group' };
    const first = pop(server, queue, { ...query, ...start, autoAck: true });
    await vi.waitFor(async () => {
      const { rowCount } = await database.admin.query(
        `select from queen.subscriptions s join queen.queues q on q.id = s.queue_id where q.name = $1`,
        [queue],
      );
      expect(rowCount).toBe(1);
    }, SOON);
    await push(queue, ['new busy'], 'busy');
    await push(queue, ['made later'], 'later');
    const seen = [...(await first), ...(await consume(queue, 'new group', mode))];
    const later = ['made later', 'new busy'];
    const expected = old ? [...later, 'old busy', 'old idle'] : later;
    expect(dataOf(seen).toSorted()).toEqual(expected);
  });
});

test('500 long polls that were broken off leave no lease behind, and nobody who swallows a message', async () => {
  const queue = await newQueue();
  const abort = new AbortController();
  const path = `/api/v1/pop/queue/${queue}?wait=true&timeout=60000`;
  const polls = numbers(1, 500).map(() =>
    request(`${server.origin}${path}`, { signal: abort.signal }).catch(() => undefined),
  );
  // Some wait, some are still on their way.
  await delay(300);
  const pushed = push(queue, numbers(1, 3));
  abort.abort();
  await Promise.all([pushed, ...polls]);
  const taken: WireMessage[] = [];
  await vi.waitFor(async () => {
    taken.push(...(await pop(server, queue, { batch: 9, autoAck: true })));
    // What was answered before the client had gone is leased to it, as it must be; here nobody read an answer.
    const { rows } = await database.admin.query(
      `select lease_expires_at from queen.partition_consumers c join queen.queues q on q.id = c.queue_id where q.name = $1`,
      [queue],
    );
    expect(rows).toEqual([{ lease_expires_at: null }]);
    expect(dataOf(taken)).toEqual(numbers(1, 3));
  }, SOON);
});
