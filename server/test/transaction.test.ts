import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PayloadCipher } from '../queue/payload-cipher.ts';
import { ack, dataOf, pop, type WireMessage } from './consumer.ts';
import { useTestDatabase } from './test-database.ts';
import { lockPartition, type Reply, TestServer, untilBlocked } from './test-server.ts';

const KEY = '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f';
const PUSH = '/api/v1/push';
const UUID = expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);

const database = useTestDatabase('end');
let server: TestServer;
let queues = 0;

beforeAll(async () => {
  server = await TestServer.start(database, { QUEEN_ENCRYPTION_KEY: KEY });
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

async function newQueue(options: object = {}): Promise<string> {
  queues += 1;
  await server.configure(`q${queues}`, options);
  return `q${queues}`;
}

const transact = (operations: readonly object[], rest: object = {}): Promise<Reply> =>
  server.post('/api/v1/transaction', { operations, ...rest });

const pushOf = (...items: readonly object[]) => ({ type: 'push', items });

function ackOf(message: WireMessage | undefined, status = 'completed') {
  const { transactionId, partitionId, leaseId, consumerGroup } = message ?? {};
  return { type: 'ack', transactionId, partitionId, leaseId, consumerGroup, status };
}

/** A queue with messages, and a lease on all of them. */
async function leased(count: number, parameters: Record<string, string> = {}) {
  const queue = await newQueue();
  await server.push(
    PUSH,
    Array.from({ length: count }, (_, payload) => ({ queue, payload, transactionId: `m${payload}` })),
  );
  return { queue, messages: await pop(server, queue, { batch: count, ...parameters }) };
}

async function storedIn(queue: string): Promise<readonly string[]> {
  const { rows } = await database.admin.query<{ transaction_id: string }>(
    `select m.transaction_id from queen.messages m join queen.partitions p on p.id = m.partition_id
     join queen.queues q on q.id = p.queue_id where q.name = $1 order by p.id, m.seq`,
    [queue],
  );
  return rows.map(({ transaction_id }) => transaction_id);
}

describe('a transaction', () => {
  test('pushes and acknowledges, and answers for each message and each ack', async () => {
    const { messages } = await leased(3);
    const target = await newQueue();
    const traceId = '01890000-0000-7000-8000-000000000001';
    const reply = await transact([
      ackOf(messages[0]),
      pushOf(
        { queue: target, data: { a: 1 }, transactionId: 'x', traceId },
        { queue: target, partition: 'p', payload: 2 },
      ),
      ackOf(messages[1], 'failed'),
      pushOf({ queue: target, data: 3 }),
    ]);
    expect([reply.status, reply.body]).toEqual([
      200,
      {
        transactionId: UUID,
        success: true,
        results: [
          { operation: 0, type: 'ack', success: true, transactionId: 'm0', status: 'completed' },
          { operation: 1, type: 'push', success: true, transactionId: 'x', status: 'queued', messageId: UUID },
          { operation: 1, type: 'push', success: true, transactionId: UUID, status: 'queued', messageId: UUID },
          { operation: 2, type: 'ack', success: true, transactionId: 'm1', status: 'failed_retry' },
          { operation: 3, type: 'push', success: true, transactionId: UUID, status: 'queued', messageId: UUID },
        ],
      },
    ]);
    const delivered = await server.drain(target);
    expect(delivered.map(({ data, partition }) => [partition, data]).sort()).toEqual([
      ['Default', 3],
      ['Default', { a: 1 }],
      ['p', 2],
    ]);
    expect(delivered.find(({ transactionId }) => transactionId === 'x')).toMatchObject({
      traceId,
      id: reply.body.results[1].messageId,
    });
  });

  test.each([
    ['a missing queue', () => pushOf({ queue: 'absent', payload: 1 }), /^Queue 'absent' does not exist/],
    ['a bad transactionId', (queue: string) => pushOf({ queue, transactionId: 'x'.repeat(300) }), /TransactionId/],
    ['a bad traceId', (queue: string) => pushOf({ queue, traceId: 'no' }), /TraceId must be a UUID/],
    ['U+0000', (queue: string) => pushOf({ queue, partition: '\0' }), /Partition .*U\+0000/],
    ['an ack without its lease', (_: string, m: WireMessage) => ({ ...ackOf(m), leaseId: undefined }), /invalid_lease/],
    ['an ack with a word of its own', (_: string, m: WireMessage) => ackOf(m, 'done'), /invalid_request/],
    ['an ack of no message', (_: string, m: WireMessage) => ({ ...ackOf(m), transactionId: 'no' }), /not_found/],
  ])('is not atomic: %s leaves nothing of the others', async (_name, failing, error) => {
    const { queue, messages } = await leased(2);
    const target = await newQueue();
    const bad = failing(target, messages[1] as WireMessage);
    const reply = await transact([
      pushOf({ queue: target, payload: 1 }, { queue, payload: 'again', transactionId: 'm0' }),
      bad,
      ackOf(messages[0]),
    ]);
    expect(reply).toMatchObject({ status: 400, body: { success: false, transactionId: UUID } });
    expect(reply.body.error).toContain('operation 1');
    expect(reply.body.results).toMatchObject([
      { operation: 0, success: false, status: 'rolled_back' },
      { operation: 0, success: false, status: 'rolled_back' },
      { operation: 1, success: false, status: 'failed', error: expect.stringMatching(error) },
      { operation: 2, success: false, status: 'rolled_back' },
    ]);
    expect(await storedIn(target)).toEqual([]);
    // The lease and both messages are as they were.
    expect(await pop(server, queue)).toEqual([]);
    for (const message of messages) expect(await ack(server, message)).toBe('completed');
  });

  test('is refused before any work when it has the wrong shape', async () => {
    const { messages } = await leased(1);
    const target = await newQueue();
    const good = pushOf({ queue: target, payload: 1 });
    const cases: readonly (readonly [unknown, string])[] = [
      ['', 'Empty request body'],
      [{}, 'operations array required'],
      [[], 'operations array required'],
      [{ operations: {} }, 'operations array required'],
      [{ operations: [] }, 'operations array cannot be empty'],
      [{ operations: [good, {}] }, 'operation type required'],
      [{ operations: [good, 7] }, 'operation type required'],
      [{ operations: [good, { type: 'zap' }] }, 'Unknown operation type: zap'],
      [{ operations: [good, { type: 'push' }] }, 'items array is required'],
      [{ operations: [good, pushOf({ payload: 1 })] }, 'Queue must be a string'],
      [{ operations: [good, pushOf({ queue: 'q', transactionId: 5 })] }, 'TransactionId must be a string'],
      [{ operations: [good, { type: 'ack', partitionId: 'x' }] }, 'transactionId is required for ack operations'],
      [
        { operations: [good, { type: 'ack', transactionId: 'x' }] },
        'partitionId is required for ack operations to ensure message uniqueness',
      ],
      [{ operations: [good, { ...ackOf(messages[0]), leaseId: 5 }] }, 'leaseId must be a string'],
      [{ operations: [good], requiredLeases: 'x' }, 'requiredLeases must be an array of lease ids'],
      [{ operations: new Array(1001).fill(good) }, 'operations: expected at most 1000, got 1001'],
      [
        { operations: [pushOf(...new Array(10_001).fill({ queue: target }))] },
        'items of all operations: expected at most 10000, got 10001',
      ],
    ];
    for (const [body, error] of cases) {
      const reply = await server.post('/api/v1/transaction', body);
      expect([reply.status, reply.body]).toEqual([400, { error }]);
    }
    expect(await storedIn(target)).toEqual([]);
  });

  test('sent again after a lost reply is answered with success, and nothing happens twice', async () => {
    const { queue, messages } = await leased(2);
    const target = await newQueue();
    const operations = [
      pushOf({ queue: target, data: 1, transactionId: 'once' }),
      ...messages.map((message) => ackOf(message)),
    ];
    const first = await transact(operations);
    expect(first).toMatchObject({ status: 200, body: { success: true } });
    const repeated = {
      status: 200,
      body: {
        success: true,
        results: [
          { status: 'duplicate', messageId: first.body.results[0].messageId },
          { status: 'completed' },
          { status: 'completed' },
        ],
      },
    };
    expect(await transact(operations)).toMatchObject(repeated);
    // By now the next consumer has a lease of its own: not even that makes the repeated acks wrong.
    await server.push(PUSH, [{ queue, payload: 'next' }]);
    const next = await pop(server, queue);
    expect(dataOf(next)).toEqual(['next']);
    expect(await transact(operations)).toMatchObject(repeated);
    expect(await storedIn(target)).toEqual(['once']);
    expect(await ack(server, next[0])).toBe('completed');
  });

  test('of a stranger is not a repetition: acks without the lease fail although the messages are there', async () => {
    const { queue, messages } = await leased(1);
    const target = await newQueue();
    await server.push(PUSH, [{ queue: target, payload: 1, transactionId: 'once' }]);
    const repeat = pushOf({ queue: target, payload: 1, transactionId: 'once' });
    const stolen = { ...ackOf(messages[0]), leaseId: '01890000-0000-7000-8000-000000000001' };
    expect(await transact([repeat, stolen])).toMatchObject({ status: 400, body: { success: false } });
    expect(await pop(server, queue)).toEqual([]);
    expect(await ack(server, messages[0])).toBe('completed');
  });

  test('with the same new id twice stores the first', async () => {
    const target = await newQueue();
    const item = { queue: target, transactionId: 'twin' };
    const reply = await transact([pushOf({ ...item, data: 'first' }), pushOf({ ...item, data: 'second' })]);
    const [one, two] = reply.body.results;
    expect([one.status, two.status, two.messageId]).toEqual(['queued', 'duplicate', one.messageId]);
    expect((await server.drain(target)).map(({ data }) => data)).toEqual(['first']);
  });

  test('takes the leases of its acks from requiredLeases when they name none', async () => {
    const { queue, messages } = await leased(2, { consumerGroup: 'group' });
    const [first, second] = messages.map((message) => ({ ...ackOf(message), leaseId: undefined }));
    const requiredLeases = [messages[0]?.leaseId, 'no lease'];
    // Another group's lease is not taken for it.
    expect(await transact([{ ...first, consumerGroup: undefined }], { requiredLeases })).toMatchObject({ status: 400 });
    expect(await transact([first ?? {}, second ?? {}], { requiredLeases })).toMatchObject({
      status: 200,
      body: { results: [{ status: 'completed' }, { status: 'completed' }] },
    });
    expect(await pop(server, queue, { consumerGroup: 'group' })).toEqual([]);
    expect(await pop(server, queue, { batch: 5 })).toHaveLength(2);
  });

  test('counts against the capacity of its queues, all its items of a queue together', async () => {
    const queue = await newQueue({ maxSize: 3 });
    const free = await newQueue();
    const item = (name: string) => ({ queue, partition: name, payload: 1, transactionId: name });
    expect(await transact([pushOf(item('a'), item('b'))])).toMatchObject({ status: 200 });
    const reply = await transact([
      pushOf({ queue: free, payload: 1 }),
      pushOf(item('a'), item('c')),
      pushOf(item('d')),
    ]);
    expect(reply).toMatchObject({ status: 400, body: { success: false } });
    expect(reply.body.results[1].error).toBe(`Queue '${queue}' would exceed max capacity (3). Current: 2, Batch: 2`);
    expect(await storedIn(free)).toEqual([]);
    expect(await transact([pushOf(item('a'), item('c'))])).toMatchObject({ status: 200 });
  });

  test('encrypts for encrypted queues', async () => {
    const queue = await newQueue({ encryptionEnabled: true });
    expect(await transact([pushOf({ queue, data: 'secret' })])).toMatchObject({ status: 200 });
    const { rows } = await database.admin.query(
      `select m.is_encrypted, m.payload::text from queen.messages m join queen.partitions p on p.id = m.partition_id
       join queen.queues q on q.id = p.queue_id where q.name = $1`,
      [queue],
    );
    expect(rows).toMatchObject([{ is_encrypted: true }]);
    expect(new PayloadCipher(KEY).decrypt(rows[0].payload)).toBe('"secret"');
    await using keyless = await TestServer.start(database, { NUM_WORKERS: '1' });
    const reply = await keyless.post('/api/v1/transaction', { operations: [pushOf({ queue, data: 'secret' })] });
    expect(reply).toMatchObject({ status: 400, body: { success: false } });
    expect(reply.body.error).toContain('QUEEN_ENCRYPTION_KEY');
  });

  test('finds the options of its queue as they are when they changed under it', async () => {
    const queue = await newQueue();
    await using connection = await server.connectTo(1);
    await connection.post(PUSH, { items: [{ queue, payload: 0 }] });
    await using other = await server.connectTo(2);
    await other.post('/api/v1/configure', { queue, options: { maxSize: 1 } });
    const reply = await connection.post('/api/v1/transaction', { operations: [pushOf({ queue, payload: 1 })] });
    expect(reply.body).toMatchObject({ success: false, error: expect.stringContaining('max capacity (1)') });
  });

  test('wakes those who wait for what it pushes and for what its acks set free', async () => {
    const { queue, messages } = await leased(1);
    await server.push(PUSH, [{ queue, payload: 'behind' }]);
    const target = await newQueue();
    const waiting = [
      pop(server, target, { wait: true, timeout: 8000 }),
      pop(server, queue, { wait: true, timeout: 8000 }),
    ];
    // Both have looked and found nothing once these are answered behind them.
    for (let round = 0; round < 5; round += 1) await server.get('/health');
    const startedAt = performance.now();
    expect(await transact([pushOf({ queue: target, payload: 'pushed' }), ackOf(messages[0])])).toMatchObject({
      status: 200,
    });
    expect((await Promise.all(waiting)).map(dataOf)).toEqual([['pushed'], ['behind']]);
    // Without a wake they would look again a second after they began to wait.
    expect(performance.now() - startedAt).toBeLessThan(700);
  });
});

test('transactions over the same partitions and consumers, in any order, beside pushes, pops and acks: no deadlock, none twice', async () => {
  const source = await newQueue({ leaseTime: 60, maxSize: 10_000 });
  const target = await newQueue({ maxSize: 10_000 });
  const partitions = ['a', 'b', 'c', 'd'];
  const total = 240;
  await server.push(
    PUSH,
    Array.from({ length: total }, (_, number) => ({
      queue: source,
      partition: partitions[number % 4],
      payload: number,
      transactionId: `s${number}`,
    })),
  );
  const work = async (worker: number): Promise<void> => {
    await using side = await database.openSession();
    for (;;) {
      const lots = await Promise.all(partitions.map((partition) => pop(server, source, { partition, batch: 3 })));
      const messages = lots.flat();
      if (messages.length === 0) {
        const { rows } = await side.client.query(
          `select from queen.partitions p join queen.queues q on q.id = p.queue_id
           left join queen.partition_consumers c on c.partition_id = p.id
           where q.name = $1 and c.cursor_seq < p.last_seq`,
          [source],
        );
        if (rows.length === 0) return;
        continue;
      }
      const operations = messages.flatMap((message) => [
        ackOf(message),
        pushOf({
          queue: target,
          partition: partitions[(Number(message.data) + worker) % 4],
          data: message.data,
          transactionId: String(message.data),
        }),
      ]);
      const reply = await transact(worker % 2 === 0 ? operations : operations.toReversed());
      expect([reply.status, reply.body.error]).toEqual([200, undefined]);
      await server.push(
        PUSH,
        partitions.map((partition) => ({ queue: target, partition, payload: 'beside' })),
      );
    }
  };
  await Promise.all(Array.from({ length: 6 }, (_, worker) => work(worker)));
  const numbers = (await server.drain(target)).map(({ data }) => data).filter((data) => data !== 'beside');
  expect(numbers.sort((one, two) => one - two)).toEqual(Array.from({ length: total }, (_, number) => number));
});

test('an outage is 503 and says what is known', async () => {
  await using small = await TestServer.start(database, { NUM_WORKERS: '1', DB_POOL_ACQUISITION_TIMEOUT: '500' });
  const queue = await newQueue();
  const operations = [pushOf({ queue, payload: 1, transactionId: 't' })];
  await small.push(PUSH, [{ queue, payload: 0 }]);
  const lock = await lockPartition(database, queue);
  const cut = small.post('/api/v1/transaction', { operations });
  await untilBlocked(database, 1);
  const pids = (await database.sessions()).filter((row) => row.wait_event_type === 'Lock').map(({ pid }) => pid);
  await database.terminate(pids[0]);
  const reply = await cut;
  expect(reply).toMatchObject({ status: 503, body: { error: expect.stringContaining('nothing of the transaction') } });
  await lock[Symbol.asyncDispose]();
  expect(await storedIn(queue)).toHaveLength(1);
  expect(await small.post('/api/v1/transaction', { operations })).toMatchObject({ status: 200 });
});
