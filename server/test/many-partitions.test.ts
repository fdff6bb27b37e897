import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ackBatch, ackOf, pop } from './consumer.ts';
import { useTestDatabase } from './test-database.ts';
import { TestServer } from './test-server.ts';

const database = useTestDatabase('end');
let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start(database);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

/** A queue with so many partitions `p1`, `p2`, … and messages in each. */
async function queueOf(queue: string, partitions: number, messages: number): Promise<void> {
  const labels = { namespace: `ns ${queue}`, task: 'task' };
  expect(await server.post('/api/v1/configure', { queue, options: {}, ...labels })).toMatchObject({ status: 200 });
  await database.admin.query(
    `insert into queen.partitions (queue_id, name, queue_version, last_seq)
     select q.id, 'p' || n, q.version, $3 from queen.queues q, generate_series(1, $2) n where q.name = $1`,
    [queue, partitions, messages],
  );
  await database.admin.query(
    `insert into queen.messages (partition_id, seq, id, transaction_id, created_at, payload)
     select p.id, seq, gen_random_uuid(), seq::text, clock_timestamp(), to_json(seq)
     from queen.partitions p join queen.queues q on q.id = p.queue_id, generate_series(1, $2) seq
     where q.name = $1`,
    [queue, messages],
  );
}

const FORMS = {
  queue: (queue: string) => `/api/v1/pop/queue/${queue}?batch=1`,
  namespace: (queue: string) => `/api/v1/pop?batch=1&namespace=${encodeURIComponent(`ns ${queue}`)}`,
} as const;

describe.each(Object.entries(FORMS))('of 1,001 partitions with messages, a pop by %s', (form, path) => {
  test('serves every one before it serves one again, whether they were acked or not', async () => {
    const queue = `fair-${form}`;
    await queueOf(queue, 1_001, 2);
    for (const data of [1, 2]) {
      const served = new Set<string>();
      const late: object[] = [];
      for (let count = 1; count <= 1_001; count += 1) {
        const [message] = (await server.get(path(queue))).body.messages;
        expect(message.data).toBe(data);
        served.add(message.partition);
        if (count % 2 === 0) expect(await ackBatch(server, [ackOf(message)])).toEqual(['completed']);
        else late.push(ackOf(message));
      }
      expect(served.size).toBe(1_001);
      expect(new Set(await ackBatch(server, late))).toEqual(new Set(['completed']));
    }
    expect(await server.get(path(queue))).toMatchObject({ status: 204 });
  });
});

test.each(Object.entries(FORMS))(
  'a message in one of 3,000 partitions that a group has read to the end is found at once, by %s',
  async (form, path) => {
    const queue = `idle-${form}`;
    await queueOf(queue, 3_000, 0);
    expect(await server.get(path(queue))).toMatchObject({ status: 204 });
    for (const partition of ['p1', 'p2999', 'new']) {
      await server.push('/api/v1/push', [{ queue, partition, payload: partition }]);
      const reply = await server.get(`${path(queue)}&autoAck=true`);
      expect(reply.body?.messages).toMatchObject([{ partition, data: partition }]);
      expect(await server.get(path(queue))).toMatchObject({ status: 204 });
    }
  },
);

test('a group that was caught up and idle finds what comes later, in old partitions and new ones, of old messages too', async () => {
  await queueOf('idle-group', 20, 1);
  const read = async (consumerGroup: string): Promise<readonly string[]> => {
    const found: string[] = [];
    for (;;) {
      const messages = await pop(server, 'idle-group', { consumerGroup, autoAck: true, batch: 9 });
      if (messages.length === 0) return found.toSorted();
      found.push(...messages.map(({ partition, data }) => `${partition}/${data}`));
    }
  };
  expect(await read('a')).toHaveLength(20);
  // As after a long pause: nothing about when the group was served last may decide what it gets.
  await database.admin.query("update queen.partition_consumers set last_popped_at = now() - interval '1 day'");
  await server.push('/api/v1/push', [
    { queue: 'idle-group', partition: 'p3', payload: 'late' },
    { queue: 'idle-group', partition: 'p99', payload: 'made' },
  ]);
  expect(await read('a')).toEqual(['p3/late', 'p99/made']);
  expect(await read('b')).toHaveLength(22);
});
