import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ack, pop } from './consumer.ts';
import { useTestDatabase } from './test-database.ts';
import { lockPartition, type PushedItem, TestServer, untilBlocked } from './test-server.ts';

const database = useTestDatabase('end');
/** Two servers on one database, of two workers each. */
let server: TestServer;
let other: TestServer;
let queues = 0;

beforeAll(async () => {
  server = await TestServer.start(database);
  other = await TestServer.start(database);
});

afterAll(async () => {
  for (const one of [server, other]) {
    await one[Symbol.asyncDispose]();
    expect(one.process.lines.filter(({ level }) => level >= 40)).toEqual([]);
  }
  await database.admin.query('select pg_stat_clear_snapshot()');
  const { rows } = await database.admin.query('select deadlocks from pg_stat_database where datname = $1', [
    database.name,
  ]);
  expect(rows).toEqual([{ deadlocks: '0' }]);
});

async function cappedQueue(maxSize: number): Promise<string> {
  queues += 1;
  await server.configure(`capped ${queues}`, { maxSize });
  return `capped ${queues}`;
}

async function depth(queue: string, client = database.admin): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    `select count(*)::int from queen.messages m join queen.partitions p on p.id = m.partition_id
     join queen.queues q on q.id = p.queue_id
     left join queen.partition_consumers c on c.partition_id = p.id and c.consumer_group = '__QUEUE_MODE__'
     where q.name = $1 and m.seq > coalesce(c.cursor_seq, 0) and not m.seq <@ coalesce(c.settled, '{}')`,
    [queue],
  );
  return rows[0]?.count ?? Number.NaN;
}

const itemsOf = (queue: string, count: number, partition = 'Default') =>
  Array.from({ length: count }, (_, payload) => ({ queue, partition, payload }));
const statuses = (items: readonly PushedItem[]) => items.map(({ status }) => status);
const refusal = (queue: string, maxSize: number, current: number, batch: number) =>
  `Queue '${queue}' would exceed max capacity (${maxSize}). Current: ${current}, Batch: ${batch}`;

const ROUTES = ['/api/v1/push', '/api/v1/push-legacy'] as const;

describe.each(ROUTES)('%s', (route) => {
  test('what does not fit fails with the reason, for that queue only; what fits is stored', async () => {
    const queue = await cappedQueue(5);
    const free = await cappedQueue(0);
    expect(statuses(await server.push(route, itemsOf(queue, 4)))).toEqual(new Array(4).fill('queued'));
    // Two partitions of the queue are one batch; the other queue is none of its business.
    const items = [...itemsOf(queue, 1, 'a'), ...itemsOf(free, 1), ...itemsOf(queue, 1, 'b')];
    const reply = await server.push(route, items);
    expect(statuses(reply)).toEqual(['failed', 'queued', 'failed']);
    expect(reply[0]?.error).toBe(refusal(queue, 5, 4, 2));
    expect(reply[2]?.error).toBe(refusal(queue, 5, 4, 2));
    expect(await depth(queue)).toBe(4);
    expect(statuses(await server.push(route, itemsOf(queue, 1)))).toEqual(['queued']);
    expect(statuses(await server.push(route, itemsOf(queue, 1)))).toEqual(['failed']);
  });

  test('duplicates take no room, in a full queue neither', async () => {
    const queue = await cappedQueue(3);
    const items = [1, 2, 3].map((payload) => ({ queue, payload, transactionId: `t${payload}` }));
    await server.push(route, items.slice(0, 2));
    expect(statuses(await server.push(route, [...items, ...items]))).toEqual([
      ...['duplicate', 'duplicate', 'queued'],
      ...['duplicate', 'duplicate', 'duplicate'],
    ]);
    expect(statuses(await server.push(route, items))).toEqual(new Array(3).fill('duplicate'));
    const reply = await server.push(route, [...items, { queue, payload: 4, transactionId: 't4' }]);
    expect(reply[3]).toMatchObject({ status: 'failed', error: refusal(queue, 3, 3, 1) });
    expect(await depth(queue)).toBe(3);
  });

  test('room that acks free is there for the next push, out of order too; other groups free none', async () => {
    const queue = await cappedQueue(3);
    await server.push(route, itemsOf(queue, 3));
    await server.drain(`${queue}`, 'nowhere');
    const group = await pop(server, queue, { batch: 3, consumerGroup: 'others', autoAck: true });
    expect(group).toHaveLength(3);
    const messages = await pop(server, queue, { batch: 3 });
    // Leased is not consumed.
    expect(statuses(await server.push(route, itemsOf(queue, 1)))).toEqual(['failed']);
    expect(await ack(server, messages[1])).toBe('completed');
    expect(statuses(await server.push(route, itemsOf(queue, 2)))).toEqual(['failed', 'failed']);
    expect(statuses(await server.push(route, itemsOf(queue, 1)))).toEqual(['queued']);
    expect(statuses(await server.push(route, itemsOf(queue, 1)))).toEqual(['failed']);
    for (const message of [messages[0], messages[2]]) await ack(server, message);
    expect(statuses(await server.push(route, itemsOf(queue, 2)))).toEqual(['queued', 'queued']);
    expect(await depth(queue)).toBe(3);
  });

  test('numbers that duplicates used up do not count', async () => {
    const queue = await cappedQueue(10);
    const item = { queue, payload: 1, transactionId: 'again' };
    for (let round = 0; round < 20; round += 1) await server.push(route, [item]);
    expect(statuses(await server.push(route, itemsOf(queue, 9)))).toEqual(new Array(9).fill('queued'));
    expect(statuses(await server.push(route, itemsOf(queue, 1)))).toEqual(['failed']);
  });

  test('a bound that is lowered counts at once', async () => {
    const queue = await cappedQueue(0);
    await server.push(route, itemsOf(queue, 8));
    await other.configure(queue, { maxSize: 5 });
    const [item] = await server.push(route, itemsOf(queue, 1));
    // Counted no further than it takes.
    expect(item).toMatchObject({ status: 'failed', error: refusal(queue, 5, 6, 1) });
  });
});

test.each([...ROUTES, 'both routes'])(
  'overshoot by concurrent pushes on all workers of two servers: %s',
  async (name) => {
    const maxSize = 100;
    const queue = await cappedQueue(maxSize);
    let accepted = 0;
    let deepest = 0;
    let running = true;
    await using side = await database.openSession();
    const watch = async (): Promise<void> => {
      while (running) deepest = Math.max(deepest, await depth(queue, side.client));
    };
    const produce = async (producer: number): Promise<void> => {
      const target = producer % 4 < 2 ? server : other;
      const route = name === 'both routes' ? (ROUTES[producer % 2] ?? '') : name;
      for (let round = 0; round < 8; round += 1) {
        const size = 1 + ((producer + round) % 7);
        const reply = await target.push(route, itemsOf(queue, size, `p${producer % 5}`));
        // All or nothing of a request.
        expect(new Set(statuses(reply)).size).toBe(1);
        accepted += reply.filter(({ status }) => status === 'queued').length;
      }
    };
    const watching = watch();
    await Promise.all(Array.from({ length: 16 }, (_, producer) => produce(producer))).finally(() => {
      running = false;
    });
    await watching;
    expect(deepest).toBeLessThanOrEqual(maxSize);
    expect(await depth(queue)).toBe(accepted);
    // Pushes of one message fit to the last place.
    for (let left = maxSize - accepted; left > 0; left -= 1) {
      expect(statuses(await server.push(ROUTES[0], itemsOf(queue, 1)))).toEqual(['queued']);
    }
    expect(statuses(await other.push(ROUTES[0], itemsOf(queue, 1)))).toEqual(['failed']);
  },
);

test('of requests that share a transaction the one that does not fit fails alone', async () => {
  const queue = await cappedQueue(10);
  await using connection = await server.connectTo(1);
  const connections = await Promise.all([1, 1, 1, 1, 1].map((worker) => server.connectTo(worker)));
  await connection.post(ROUTES[0], { items: itemsOf(queue, 1) });
  const lock = await lockPartition(database, queue);
  const first = connections[4]?.post(ROUTES[0], { items: itemsOf(queue, 1) });
  await untilBlocked(database, 1);
  const sizes = [4, 5, 3, 1];
  const pushes: Promise<{ readonly body: readonly PushedItem[] }>[] = [];
  for (const [index, size] of sizes.entries()) {
    const push = connections[index]?.post(ROUTES[0], { items: itemsOf(queue, size) });
    if (push !== undefined) pushes.push(push);
    // Each is in its lane before the next is sent.
    expect(await connection.get('/health')).toMatchObject({ status: 200 });
  }
  await lock[Symbol.asyncDispose]();
  await first;
  const replies = await Promise.all(pushes);
  expect(replies.map(({ body }) => body[0]?.status)).toEqual(['queued', 'failed', 'queued', 'queued']);
  expect(await depth(queue)).toBe(10);
  for (const one of connections) await one[Symbol.asyncDispose]();
});
