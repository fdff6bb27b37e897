import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { SOON, useTestDatabase } from './test-database.ts';
import { lockPartition, type PushedItem, TestServer, untilBlocked } from './test-server.ts';

const database = useTestDatabase('end');
const ROUTES = ['/api/v1/push', '/api/v1/push-legacy'] as const;
let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start(database);
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  expect(server.process.lines.filter(({ level }) => level >= 40)).toEqual([]);
  await database.admin.query('select pg_stat_clear_snapshot()');
  const { rows } = await database.admin.query('select deadlocks from pg_stat_database where datname = $1', [
    database.name,
  ]);
  expect(rows).toEqual([{ deadlocks: '0' }]);
});

interface StoredRow {
  readonly partition: string;
  readonly seq: string;
  readonly id: string;
  readonly transaction_id: string;
}

async function stored(queue: string): Promise<readonly StoredRow[]> {
  const { rows } = await database.admin.query<StoredRow>(
    `select p.name as partition, m.seq, m.id, m.transaction_id
     from queen.messages m join queen.partitions p on p.id = m.partition_id join queen.queues q on q.id = p.queue_id
     where q.name = $1 order by p.id, m.seq`,
    [queue],
  );
  return rows;
}

test('the same transaction ids at once on both workers and both routes: one is queued, the others repeat it', async () => {
  const queue = 'same ids';
  await server.configure(queue);
  const items = Array.from({ length: 50 }, (_, number) => ({
    queue,
    partition: `p${number % 3}`,
    payload: number,
    transactionId: `t${number}`,
  }));
  await server.push(ROUTES[0], [{ queue, partition: 'p0', payload: -1 }]);
  const lock = await lockPartition(database, queue, 'p0');
  const connections = await Promise.all([1, 2, 1, 2, 1, 2].map((worker) => server.connectTo(worker)));
  const pushes = connections.map((connection, index) =>
    connection.post(ROUTES[index < 4 ? 0 : 1] ?? '', { items: index < 2 ? items : items.toReversed() }),
  );
  // One transaction of each worker, and one thread of each; the rest waits behind them.
  await untilBlocked(database, 4);
  await lock[Symbol.asyncDispose]();
  const replies = await Promise.all(pushes);
  await Promise.all(connections.map((connection) => connection[Symbol.asyncDispose]()));

  for (const { status } of replies) expect(status).toBe(201);
  const rows = (await stored(queue)).filter(({ transaction_id }) => transaction_id.startsWith('t'));
  expect(rows.map(({ transaction_id }) => transaction_id).sort()).toEqual(
    items.map((item) => item.transactionId).sort(),
  );
  for (const { id, transaction_id } of rows) {
    const answers = replies.map(({ body }) => body.find((item: PushedItem) => item.transaction_id === transaction_id));
    expect(new Set(answers.map(({ message_id }) => message_id))).toEqual(new Set([id]));
    expect(answers.map(({ status }) => status).sort()).toEqual([...new Array(5).fill('duplicate'), 'queued']);
  }
});

describe.each(['/api/v1/push', '/api/v1/push-legacy', 'both routes'])('two workers under load: %s', (name) => {
  test('every message is stored once, in the order of its producer, and delivered in that order', async () => {
    const queue = `load on ${name}`;
    await server.configure(queue);
    const partitions = 5;
    const batches = 8;
    const acknowledged = new Map<string, string>();
    const produce = async (producer: number): Promise<void> => {
      const route = name === 'both routes' ? (ROUTES[producer % 2] ?? '') : name;
      let sequence = 0;
      for (let batch = 0; batch < batches; batch += 1) {
        const items = Array.from({ length: 1 + ((producer * 7 + batch * 3) % 20) }, () => {
          const number = sequence++;
          // Every batch touches several partitions, so that transactions lock several rows.
          return {
            queue,
            partition: `p${(producer + number) % partitions}`,
            payload: [producer, number],
            transactionId: `${producer}/${number}`,
          };
        });
        for (const item of await server.push(route, items)) {
          expect(item.status).toBe('queued');
          acknowledged.set(item.transaction_id, item.message_id ?? '');
        }
      }
    };
    await Promise.all(Array.from({ length: 16 }, (_, producer) => produce(producer)));

    const rows = await stored(queue);
    expect(new Map(rows.map((row) => [row.transaction_id, row.id]))).toEqual(acknowledged);
    expect(rows).toHaveLength(acknowledged.size);
    expectProducerOrder(rows.map((row) => [row.partition, ...row.transaction_id.split('/').map(Number)]));

    const delivered = [];
    for (let partition = 0; partition < partitions; partition += 1) {
      delivered.push(...(await server.drain(queue, `p${partition}`, 97)));
    }
    expect(delivered.map(({ id }) => id)).toEqual(rows.toSorted(byPartitionThenSeq).map(({ id }) => id));
    expectProducerOrder(delivered.map(({ partition, data }) => [partition, ...data]));
  });
});

function byPartitionThenSeq(one: StoredRow, other: StoredRow): number {
  return one.partition.localeCompare(other.partition) || Number(one.seq) - Number(other.seq);
}

/** Entries of [partition, producer, number]: numbers of a producer grow within a partition. */
function expectProducerOrder(entries: readonly (readonly (string | number)[])[]): void {
  const last = new Map<string, number>();
  for (const [partition, producer, number] of entries) {
    const key = `${partition}/${producer}`;
    expect(Number(number)).toBeGreaterThan(last.get(key) ?? -1);
    last.set(key, Number(number));
  }
}

test('a large push keeps its order although the options of its queue change half-way', async () => {
  const queue = 'reconfigured';
  await server.configure(queue);
  await using large = await server.connectTo(1);
  await using small = await server.connectTo(1);
  await small.post(ROUTES[0], { items: [{ queue, payload: 'first' }] });
  await using side = await database.openSession();
  await side.client.query('begin');
  await side.client.query('update queen.queues set version = version + 1 where name = $1', [queue]);
  await side.client.query(
    'update queen.partitions p set queue_version = q.version from queen.queues q where q.id = p.queue_id and q.name = $1',
    [queue],
  );
  // The small push waits for the side session; the large one, several transactions long, waits behind it.
  const smallPushed = small.post(ROUTES[0], { items: [{ queue, payload: 'small' }] });
  await untilBlocked(database, 1);
  const other = 'reconfigured, signal';
  await server.configure(other);
  const numbers = Array.from({ length: 10_000 }, (_, number) => number);
  const items = [{ queue: other, payload: 0 }, ...numbers.map((payload) => ({ queue, payload }))];
  const largePushed = large.post(ROUTES[0], { items });
  // The item of the other queue is stored at once, which tells that the rest is waiting in its lane.
  await vi.waitFor(async () => expect(await stored(other)).toHaveLength(1), SOON);
  await side.client.query('commit');
  for (const { status, body } of await Promise.all([smallPushed, largePushed])) {
    expect(status).toBe(201);
    expect(new Set(body.map((item: PushedItem) => item.status))).toEqual(new Set(['queued']));
  }
  const delivered = (await server.drain(queue)).map(({ data }) => data);
  const order = delivered.filter((data) => typeof data === 'number');
  expect(order).toHaveLength(numbers.length);
  expect(order.find((number, index) => number !== index)).toBeUndefined();
});
