import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { ack, ackBatch, ackOf, dataOf, pop } from './consumer.ts';
import { SOON, useTestDatabase } from './test-database.ts';
import { TestServer } from './test-server.ts';

const database = useTestDatabase('end');
let server: TestServer;
let queues = 0;

beforeAll(async () => {
  server = await TestServer.start(database);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

/** A queue with the messages 1 to n in one partition. */
async function queueOf(messages: number, options: object = {}, partition = 'Default'): Promise<string> {
  queues += 1;
  const queue = `q${queues}`;
  await server.configure(queue, options);
  await push(queue, 1, messages, partition);
  return queue;
}

async function push(queue: string, from: number, to: number, partition = 'Default'): Promise<void> {
  const items = Array.from({ length: to - from + 1 }, (_, index) => ({
    queue,
    partition,
    payload: from + index,
    transactionId: `${from + index}`,
  }));
  for (const { status } of await server.push('/api/v1/push', items)) expect(status).toBe('queued');
}

async function deadLetters(queue: string): Promise<readonly object[]> {
  const { rows } = await database.admin.query(
    `select d.consumer_group, d.transaction_id, d.error, d.retry_count
     from queen.dead_letters d join queen.partitions p on p.id = d.partition_id join queen.queues q on q.id = p.queue_id
     where q.name = $1 order by d.consumer_group, d.seq`,
    [queue],
  );
  return rows;
}

/** Lets every lease of the queue run out, without waiting for the clock. */
async function expireLeases(queue: string): Promise<void> {
  const { rowCount } = await database.admin.query(
    `update queen.partition_consumers c set lease_expires_at = clock_timestamp() - interval '1 ms'
     from queen.partitions p join queen.queues q on q.id = p.queue_id
     where c.partition_id = p.id and q.name = $1 and c.lease_expires_at is not null`,
    [queue],
  );
  expect(rowCount).toBeGreaterThan(0);
}

describe('a lease', () => {
  test('covers what one pop delivered and keeps the partition from the group until it ends', async () => {
    const queue = await queueOf(3);
    const messages = await pop(server, queue, { batch: 2 });
    expect(dataOf(messages)).toEqual([1, 2]);
    expect(new Set(messages.map(({ leaseId }) => leaseId)).size).toBe(1);
    expect(messages[0]).toMatchObject({ leaseId: expect.stringMatching(/^[0-9a-f-]{36}$/), retryCount: 0 });
    expect(await pop(server, queue)).toEqual([]);
    expect(await pop(server, queue, { partition: 'Default', autoAck: true })).toEqual([]);
    expect(await ack(server, messages[0])).toBe('completed');
    expect(await pop(server, queue)).toEqual([]);
    expect(await ack(server, messages[1])).toBe('completed');
    expect(dataOf(await pop(server, queue, { batch: 5 }))).toEqual([3]);
  });

  test('lasts as long as the queue says, and longer when it is extended', async () => {
    const queue = await queueOf(1, { leaseTime: 2 });
    const [message] = await pop(server, queue);
    const extend = (body: unknown, lease = message?.leaseId) => server.post(`/api/v1/lease/${lease}/extend`, body);
    const seconds = async (): Promise<number> => {
      const { rows } = await database.admin.query(
        'select extract(epoch from lease_expires_at - clock_timestamp())::float8 s from queen.partition_consumers where lease_id = $1',
        [message?.leaseId],
      );
      return rows[0].s;
    };
    expect(await seconds()).toBeLessThanOrEqual(2);
    expect(await extend({ seconds: 120 })).toMatchObject({
      status: 200,
      body: { leaseId: message?.leaseId, extended: true, seconds: 120 },
    });
    expect(await seconds()).toBeGreaterThan(110);
    expect(await extend({})).toMatchObject({ status: 200, body: { seconds: 60 } });
    // Never shorter.
    expect(await seconds()).toBeGreaterThan(110);
    const lost = { status: 404, body: { error: 'Lease not found or expired' } };
    expect(await extend({}, '00000000-0000-0000-0000-000000000000')).toMatchObject(lost);
    expect(await extend({}, 'no-uuid')).toMatchObject(lost);
    for (const wrong of ['x', 0, -1, 1.5, null])
      expect(await extend({ seconds: wrong })).toMatchObject({ status: 400 });
    expect(await extend('')).toMatchObject({ status: 400, body: { error: 'Empty request body' } });
    await expireLeases(queue);
    expect(await extend({})).toMatchObject(lost);
    expect(await ack(server, message)).toBe('invalid_lease');
  });

  test('that ran out goes to the next pop, and its holder can neither ack nor extend', async () => {
    const queue = await queueOf(2, { leaseTime: 1 });
    const stale = await pop(server, queue, { batch: 2 });
    const taken = await vi.waitFor(async () => {
      const messages = await pop(server, queue, { batch: 2 });
      expect(dataOf(messages)).toEqual([1, 2]);
      return messages;
    }, SOON);
    expect(taken).toMatchObject([{ retryCount: 1 }, { retryCount: 1 }]);
    expect(taken[0]?.leaseId).not.toBe(stale[0]?.leaseId);
    expect(
      await ackBatch(
        server,
        stale.map((message) => ackOf(message)),
      ),
    ).toEqual(['invalid_lease', 'invalid_lease']);
    expect(await ack(server, stale[0], 'failed')).toBe('invalid_lease');
    expect(
      await ackBatch(
        server,
        taken.map((message) => ackOf(message)),
      ),
    ).toEqual(['completed', 'completed']);
    expect(await pop(server, queue)).toEqual([]);
  });

  test('is held by one of many that ask at once', async () => {
    const queue = await queueOf(4);
    for (const partition of ['a', 'b']) await push(queue, 1, 2, partition);
    const popped = await Promise.all(Array.from({ length: 20 }, () => pop(server, queue, { batch: 10 })));
    const partitions = popped.flatMap((messages) => (messages[0] === undefined ? [] : [messages[0].partition]));
    expect(partitions.toSorted()).toEqual(['Default', 'a', 'b']);
    for (const messages of popped) expect(new Set(messages.map(({ partition }) => partition)).size).toBeLessThan(2);
  });
});

describe('an ack', () => {
  test('out of order is remembered: the cursor passes only what was acked', async () => {
    const queue = await queueOf(5);
    const messages = await pop(server, queue, { batch: 5 });
    for (const index of [4, 0, 2, 3]) expect(await ack(server, messages[index])).toBe('completed');
    await expireLeases(queue);
    const again = await pop(server, queue, { batch: 5 });
    expect(again).toMatchObject([{ data: 2, retryCount: 1 }]);
    expect(await ack(server, again[0])).toBe('completed');
    expect(await pop(server, queue)).toEqual([]);
    const { rows } = await database.admin.query(
      `select cursor_seq, settled::text, retries, lease_expires_at from queen.partition_consumers where lease_id = $1`,
      [again[0]?.leaseId],
    );
    expect(rows).toEqual([{ cursor_seq: expect.any(String), settled: '{}', retries: {}, lease_expires_at: null }]);
  });

  test('sent again is answered the same and releases nothing twice', async () => {
    const queue = await queueOf(4);
    const [first, second] = await pop(server, queue, { batch: 2 });
    for (let round = 0; round < 3; round += 1) expect(await ack(server, first)).toBe('completed');
    expect(await pop(server, queue)).toEqual([]);
    expect(await ack(server, first, 'failed')).toBe('completed');
    expect(await ack(server, second)).toBe('completed');
    expect(await ack(server, second)).toBe('completed');
    const [third] = await pop(server, queue);
    expect(third).toMatchObject({ data: 3 });
    expect(await ack(server, first)).toBe('invalid_lease');
    expect(await pop(server, queue)).toEqual([]);
  });

  test('without the lease that delivered the message is refused', async () => {
    const queue = await queueOf(2);
    const [message] = await pop(server, queue);
    const [foreign] = await pop(server, queue, { consumerGroup: 'other' });
    const ofAll = [
      { ...ackOf(message), leaseId: undefined },
      { ...ackOf(message), leaseId: 'no-uuid' },
      { ...ackOf(message), leaseId: foreign?.leaseId },
      { ...ackOf(message), consumerGroup: 'other' },
      { ...ackOf(message), transactionId: '2' },
      { ...ackOf(message), transactionId: 'absent' },
      { ...ackOf(message), partitionId: 'no-uuid' },
      { ...ackOf(message), partitionId: '00000000-0000-0000-0000-000000000000' },
      { ...ackOf(message), status: 'perhaps' },
      ackOf(message),
    ];
    const lease = Array<string>(5).fill('invalid_lease');
    const words = [...lease, 'not_found', 'not_found', 'not_found', 'invalid_request', 'completed'];
    expect(await ackBatch(server, ofAll)).toEqual(words);
  });

  test.each([
    ['ack', {}, 'transactionId is required'],
    ['ack', { transactionId: 'x' }, 'partitionId is required to ensure message uniqueness'],
    ['ack', '', 'Empty request body'],
    ['ack/batch', {}, 'acknowledgments array is required'],
    [
      'ack/batch',
      { acknowledgments: [{ partitionId: 'a' }] },
      'Each acknowledgment must have a valid transactionId string',
    ],
    [
      'ack/batch',
      { acknowledgments: [{ transactionId: 'a' }] },
      'Each acknowledgment must have a valid partitionId string to ensure message uniqueness',
    ],
  ])('%s of %j is a bad request', async (route, body, error) => {
    expect(await server.post(`/api/v1/${route}`, body)).toMatchObject({ status: 400, body: { error } });
  });

  test("answers in the contract's form", async () => {
    const queue = await queueOf(1);
    const [message] = await pop(server, queue, { consumerGroup: 'g' });
    expect(await server.post('/api/v1/ack', ackOf(message))).toMatchObject({
      status: 200,
      body: {
        transactionId: '1',
        status: 'completed',
        consumerGroup: 'g',
        acknowledgedAt: expect.stringMatching(/Z$/),
      },
    });
    expect(await server.post('/api/v1/ack/batch', { acknowledgments: [] })).toMatchObject({
      status: 200,
      text: '{"processed":0,"results":[]}',
    });
  });

  test('batch covers several partitions and groups, in input order', async () => {
    const queue = await queueOf(2);
    await push(queue, 1, 2, 'b');
    const popped = [];
    for (const consumerGroup of ['one', 'two']) {
      for (const partition of ['Default', 'b']) {
        popped.push(...(await pop(server, queue, { consumerGroup, partition, batch: 2 })));
      }
    }
    const acks = popped.map((message, index) => ackOf(message, index % 3 === 0 ? 'failed' : 'completed'));
    const words: string[] = popped.map((_, index) => (index % 3 === 0 ? 'failed_retry' : 'completed'));
    acks.splice(3, 0, { transactionId: 'absent', partitionId: popped[0]?.partitionId });
    words.splice(3, 0, 'not_found');
    expect(await ackBatch(server, acks)).toEqual(words);
    expect(await ackBatch(server, acks)).toEqual(words);
    for (const consumerGroup of ['one', 'two']) {
      const failed = popped.filter((message, index) => message.consumerGroup === consumerGroup && index % 3 === 0);
      const again = [];
      for (const partition of ['Default', 'b'])
        again.push(...(await pop(server, queue, { consumerGroup, partition, batch: 9 })));
      expect(again.map(({ partition, data }) => [partition, data])).toEqual(
        failed.map(({ partition, data }) => [partition, data]),
      );
    }
  });
});

describe('a failed message', () => {
  test('is delivered again before what comes after it, without what was completed', async () => {
    const queue = await queueOf(5);
    const messages = await pop(server, queue, { batch: 3 });
    expect(await ack(server, messages[1], 'failed')).toBe('failed_retry');
    expect(await ack(server, messages[1])).toBe('failed_retry');
    expect(await pop(server, queue)).toEqual([]);
    for (const index of [0, 2]) expect(await ack(server, messages[index])).toBe('completed');
    const again = await pop(server, queue, { batch: 5 });
    expect(again).toMatchObject([
      { data: 2, retryCount: 1 },
      { data: 4, retryCount: 0 },
      { data: 5, retryCount: 0 },
    ]);
  });

  test('goes to the dead letters of its group after retryLimit more deliveries', async () => {
    const queue = await queueOf(2, { retryLimit: 2 });
    for (const word of ['failed_retry', 'failed_retry', 'failed_dlq']) {
      const [message] = await pop(server, queue);
      expect(message).toMatchObject({ data: 1 });
      const body = { ...ackOf(message, 'failed'), error: 'boom\0' };
      for (let sent = 0; sent < 2; sent += 1) {
        expect(await server.post('/api/v1/ack', body)).toMatchObject({ status: 200, body: { status: word } });
      }
    }
    expect(await deadLetters(queue)).toEqual([
      { consumer_group: '__QUEUE_MODE__', transaction_id: '1', error: 'boom\ufffd', retry_count: 2 },
    ]);
    expect(dataOf(await pop(server, queue))).toEqual([2]);
    expect(dataOf(await pop(server, queue, { consumerGroup: 'other', batch: 5 }))).toEqual([1, 2]);
  });

  test('that crashes its consumers reaches the dead letters too; what was acked before does not', async () => {
    const queue = await queueOf(3, { retryLimit: 1 });
    for (const retryCount of [0, 1]) {
      const messages = await pop(server, queue, { batch: 2 });
      expect(messages[retryCount === 0 ? 1 : 0]).toMatchObject({ data: 2, retryCount });
      if (retryCount === 0) expect(await ack(server, messages[0])).toBe('completed');
      await expireLeases(queue);
    }
    expect(await pop(server, queue, { batch: 2 })).toMatchObject([{ data: 3, retryCount: 1 }]);
    expect(await deadLetters(queue)).toMatchObject([
      { transaction_id: '2', error: 'The lease expired', retry_count: 1 },
    ]);
  });

  test('whose lease then runs out has failed once, not twice', async () => {
    const queue = await queueOf(2, { retryLimit: 5 });
    const messages = await pop(server, queue, { batch: 2 });
    await ack(server, messages[0], 'failed');
    await expireLeases(queue);
    expect(await pop(server, queue, { batch: 2 })).toMatchObject([{ retryCount: 1 }, { retryCount: 1 }]);
  });

  test('can be taken with autoAck', async () => {
    const queue = await queueOf(3);
    const messages = await pop(server, queue, { batch: 2 });
    await ackBatch(server, [ackOf(messages[0], 'failed'), ackOf(messages[1])]);
    expect(await pop(server, queue, { batch: 1, autoAck: true })).toMatchObject([
      { data: 1, retryCount: 1, leaseId: null },
    ]);
    expect(dataOf(await pop(server, queue, { batch: 9, autoAck: true }))).toEqual([3]);
  });
});

describe('a new group', () => {
  test('begins where its subscription says, also in partitions made later', async () => {
    const queue = await queueOf(2);
    const groups = { all: {}, fresh: { subscriptionMode: 'new' }, now: { subscriptionFrom: 'now' } };
    const read = (consumerGroup: string, query: object) =>
      pop(server, queue, { consumerGroup, batch: 9, autoAck: true, ...query });
    expect(dataOf(await read('all', { subscriptionMode: 'all' }))).toEqual([1, 2]);
    expect(await read('fresh', groups.fresh)).toEqual([]);
    expect(await read('now', groups.now)).toEqual([]);
    await push(queue, 3, 3);
    await push(queue, 4, 5, 'later');
    for (const [group, query] of Object.entries(groups)) {
      const read2 = [...(await read(group, query)), ...(await read(group, query))];
      expect(dataOf(read2).toSorted()).toEqual([3, 4, 5]);
    }
  });

  test('can begin at a point in time', async () => {
    const queue = await queueOf(2);
    const { rows } = await database.admin.query("select clock_timestamp()::timestamptz(3) + interval '1 ms' as t");
    await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(rows[0].t.getTime()), SOON);
    await push(queue, 3, 4);
    const query = { consumerGroup: 'g', batch: 9, subscriptionFrom: rows[0].t.toISOString() };
    expect(dataOf(await pop(server, queue, query))).toEqual([3, 4]);
    for (const wrong of ['subscriptionFrom=yesterday', 'subscriptionMode=old', 'subscriptionMode=timestamp']) {
      expect(await server.get(`/api/v1/pop/queue/${queue}?${wrong}`)).toMatchObject({ status: 400 });
    }
  });

  test('gets everything when it starts on both workers at once', async () => {
    for (let round = 0; round < 10; round += 1) {
      const queue = await queueOf(1);
      const popped = await Promise.all(
        [1, 2, 3, 4].map(() => pop(server, queue, { consumerGroup: 'g', autoAck: true })),
      );
      expect(popped.flat()).toHaveLength(1);
    }
  });
});

test('pop by namespace and task finds every queue of theirs and no other', async () => {
  for (const [queue, namespace, task] of [
    ['n1', 'ns', 'a'],
    ['n2', 'ns', 'b'],
    ['n3', 'other', 'a'],
  ]) {
    expect(await server.post('/api/v1/configure', { queue, namespace, task })).toMatchObject({ status: 200 });
    await push(queue ?? '', 1, 1);
  }
  const take = async (query: string, group: string) => {
    const found: string[] = [];
    for (;;) {
      const { status, body } = await server.get(`/api/v1/pop?${query}&autoAck=true&consumerGroup=${group}`);
      if (status === 204) return found.toSorted();
      found.push(body.messages[0].queue);
    }
  };
  expect(await take('namespace=ns', '1')).toEqual(['n1', 'n2']);
  expect(await take('task=a', '2')).toEqual(['n1', 'n3']);
  expect(await take('namespace=ns&task=a', '3')).toEqual(['n1']);
  expect(await take('namespace=absent', '4')).toEqual([]);
  expect(await server.get('/api/v1/pop')).toMatchObject({ status: 400 });
});
