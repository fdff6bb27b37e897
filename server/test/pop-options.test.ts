import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { ack, dataOf, pop } from './consumer.ts';
import { SOON, useTestDatabase } from './test-database.ts';
import { TestServer } from './test-server.ts';

// delayedProcessing, windowBuffer, maxWaitTimeSeconds. Messages are made older in the database, so that nothing waits for
// the clock that need not.

const database = useTestDatabase('end');
let server: TestServer;
let queues = 0;

beforeAll(async () => {
  server = await TestServer.start(database);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

async function queueWith(options: object, labels: object = {}): Promise<string> {
  queues += 1;
  const queue = `o${queues}`;
  expect(await server.post('/api/v1/configure', { queue, options, ...labels })).toMatchObject({ status: 200 });
  return queue;
}

async function push(queue: string, data: readonly unknown[], partition = 'Default'): Promise<void> {
  await server.push(
    '/api/v1/push',
    data.map((payload) => ({ queue, partition, payload, transactionId: String(payload) })),
  );
}

/** Moves messages into the past. */
async function age(queue: string, transactionIds: readonly string[], seconds: number): Promise<void> {
  const { rowCount } = await database.admin.query(
    `update queen.messages m set created_at = m.created_at - make_interval(secs => $3)
     from queen.partitions p join queen.queues q on q.id = p.queue_id
     where m.partition_id = p.id and q.name = $1 and m.transaction_id = any($2)`,
    [queue, transactionIds, seconds],
  );
  expect(rowCount).toBe(transactionIds.length);
}

async function cursorsBehind(queue: string): Promise<number> {
  const { rowCount } = await database.admin.query(
    `select from queen.partition_consumers c join queen.partitions p on p.id = c.partition_id
     join queen.queues q on q.id = p.queue_id where q.name = $1 and c.cursor_seq < p.last_seq`,
    [queue],
  );
  return rowCount ?? 0;
}

const MODES = [{}, { autoAck: true }] as const;

describe.each(MODES)('with delayedProcessing, popping with %j,', (mode) => {
  test('a message is delivered when its delay is over, and nothing behind one that is too young', async () => {
    const queue = await queueWith({ delayedProcessing: 60 });
    await push(queue, [1, 2, 3, 4]);
    expect(await pop(server, queue, { batch: 9, ...mode })).toEqual([]);
    // 4 is due and stands behind 3, which is not: order is kept.
    await age(queue, ['1', '2', '4'], 60);
    const first = await pop(server, queue, { batch: 9, ...mode });
    expect(dataOf(first)).toEqual([1, 2]);
    if (!('autoAck' in mode)) for (const message of first) expect(await ack(server, message)).toBe('completed');
    expect(await pop(server, queue, { batch: 9, ...mode })).toEqual([]);
    await age(queue, ['3'], 60);
    expect(dataOf(await pop(server, queue, { batch: 9, ...mode }))).toEqual([3, 4]);
  });

  test('a partition whose messages are due is served although others are not', async () => {
    const queue = await queueWith({ delayedProcessing: 60 });
    await push(queue, ['young'], 'a');
    await push(queue, ['due'], 'b');
    await age(queue, ['due'], 60);
    for (let round = 0; round < 2; round += 1) {
      expect(dataOf(await pop(server, queue, { ...mode, consumerGroup: `g${round}` }))).toEqual(['due']);
      expect(await pop(server, queue, { ...mode, consumerGroup: `g${round}` })).toEqual([]);
    }
  });
});

test('a consumer that waits gets a delayed message within about a second of its time', async () => {
  const queue = await queueWith({ delayedProcessing: 2 }, { namespace: 'delayed' });
  const byNamespace = server.get('/api/v1/pop?namespace=delayed&wait=true&timeout=20000&consumerGroup=ns');
  const waiting = pop(server, queue, { wait: true, timeout: 20_000 });
  await push(queue, ['later']);
  const pushedAt = performance.now();
  expect(dataOf(await waiting)).toEqual(['later']);
  expect(performance.now() - pushedAt).toBeGreaterThan(1_900);
  expect(performance.now() - pushedAt).toBeLessThan(5_000);
  expect((await byNamespace).body.messages).toHaveLength(1);
});

describe('with windowBuffer', () => {
  test('a partition is silent while its newest message is young, then gives everything', async () => {
    const queue = await queueWith({ windowBuffer: 30 });
    await push(queue, [1, 2]);
    await age(queue, ['1'], 29);
    expect(await pop(server, queue, { batch: 9 })).toEqual([]);
    await push(queue, ['quiet'], 'other');
    await age(queue, ['quiet'], 30);
    expect(dataOf(await pop(server, queue, { batch: 9 }))).toEqual(['quiet']);
    await age(queue, ['2'], 30);
    expect(dataOf(await pop(server, queue, { batch: 9 }))).toEqual([1, 2]);
  });

  test('a steady trickle does not starve consumers: after ten windows they are served', async () => {
    const queue = await queueWith({ windowBuffer: 30 });
    await push(queue, [1, 2]);
    await age(queue, ['1'], 299);
    expect(await pop(server, queue, { batch: 9, autoAck: true })).toEqual([]);
    await age(queue, ['1'], 1);
    expect(dataOf(await pop(server, queue, { batch: 9, autoAck: true }))).toEqual([1, 2]);
  });

  test('a trickle that stops is delivered to one that waits', async () => {
    const queue = await queueWith({ windowBuffer: 1 });
    const waiting = pop(server, queue, { wait: true, timeout: 20_000, batch: 9 });
    for (const payload of [1, 2, 3]) await push(queue, [payload]);
    expect(dataOf(await waiting)).toEqual([1, 2, 3]);
  });
});

describe.each(MODES)('with maxWaitTimeSeconds, popping with %j,', (mode) => {
  test('what waited too long is passed over, for every group, and the cursor passes it', async () => {
    const queue = await queueWith({ maxWaitTimeSeconds: 60 });
    await push(queue, [1, 2, 3]);
    await age(queue, ['1', '2'], 60);
    for (const consumerGroup of ['a', 'b']) {
      const messages = await pop(server, queue, { consumerGroup, batch: 9, ...mode });
      expect(dataOf(messages)).toEqual([3]);
      if (!('autoAck' in mode)) expect(await ack(server, messages[0])).toBe('completed');
    }
    expect(await cursorsBehind(queue)).toBe(0);
    await push(queue, [4]);
    await age(queue, ['4'], 60);
    expect(await pop(server, queue, { consumerGroup: 'a', ...mode })).toEqual([]);
    await push(queue, [5]);
    expect(dataOf(await pop(server, queue, { consumerGroup: 'a', batch: 9, ...mode }))).toEqual([5]);
  });
});

test('a message that failed and then waited too long leaves no trace with its group', async () => {
  const queue = await queueWith({ maxWaitTimeSeconds: 60 });
  await push(queue, [1, 2]);
  const [first] = await pop(server, queue);
  expect(await ack(server, first, 'failed')).toBe('failed_retry');
  await age(queue, ['1'], 60);
  const [second] = await pop(server, queue);
  expect(second).toMatchObject({ data: 2, retryCount: 0 });
  expect(await ack(server, second)).toBe('completed');
  const { rows } = await database.admin.query(
    `select c.retries from queen.partition_consumers c join queen.partitions p on p.id = c.partition_id
     join queen.queues q on q.id = p.queue_id where q.name = $1`,
    [queue],
  );
  expect(rows).toEqual([{ retries: {} }]);
});

test('options changed while messages wait hold at once', async () => {
  const queue = await queueWith({ delayedProcessing: 3600 });
  await push(queue, [1]);
  expect(await pop(server, queue)).toEqual([]);
  const waiting = pop(server, queue, { wait: true, timeout: 20_000 });
  await server.configure(queue, {});
  expect(await vi.waitFor(() => waiting, SOON)).toMatchObject([{ data: 1 }]);
});
