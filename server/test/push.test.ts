import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { useTestDatabase } from './test-database.ts';
import { type PushedItem, popPath, TestServer } from './test-server.ts';

const database = useTestDatabase('end');
let server: TestServer;
let queues = 0;

const UUID = expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
const TRACE = '01890000-0000-7000-8000-000000000001';

beforeAll(async () => {
  server = await TestServer.start(database, { MAX_BODY_SIZE: String(4 * 2 ** 20) });
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  // Nothing here is the server's fault, so it must not have complained; a deadlock would show as a second try.
  expect(server.process.lines.filter(({ level }) => level >= 40)).toEqual([]);
  await database.admin.query('select pg_stat_clear_snapshot()');
  const { rows } = await database.admin.query('select deadlocks from pg_stat_database where datname = $1', [
    database.name,
  ]);
  expect(rows).toEqual([{ deadlocks: '0' }]);
});

/** A configured queue nobody else uses. */
async function newQueue(): Promise<string> {
  queues += 1;
  const name = `q${queues}`;
  await server.configure(name);
  return name;
}

const statuses = (items: readonly PushedItem[]): readonly string[] => items.map(({ status }) => status);

describe.each(['/api/v1/push', '/api/v1/push-legacy'])('%s', (route) => {
  describe('recorded requests', () => {
    test('one item without transactionId goes to the default partition', async () => {
      const queue = await newQueue();
      const [item] = await server.push(route, [{ queue, payload: { hello: 'world' } }]);
      expect(item).toEqual({ status: 'queued', transaction_id: UUID, message_id: UUID });
      expect(await server.drain(queue)).toEqual([
        {
          id: item?.message_id,
          transactionId: item?.transaction_id,
          partitionId: expect.any(String),
          traceId: null,
          queue,
          partition: 'Default',
          data: { hello: 'world' },
          retryCount: 0,
          priority: 0,
          createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
          consumerGroup: null,
          leaseId: null,
        },
      ]);
    });

    test('transactionId and traceId are echoed, also to the consumer', async () => {
      const queue = await newQueue();
      const reply = await server.push(route, [
        { queue, partition: 'p1', payload: { n: 1 }, transactionId: 'tx-1', traceId: TRACE },
        { queue, partition: 'p1', payload: { n: 2 }, transactionId: 'tx-2' },
      ]);
      expect(reply).toEqual([
        { status: 'queued', transaction_id: 'tx-1', message_id: UUID, trace_id: TRACE },
        { status: 'queued', transaction_id: 'tx-2', message_id: UUID },
      ]);
      expect(await server.drain(queue)).toMatchObject([
        { id: reply[0]?.message_id, transactionId: 'tx-1', traceId: TRACE },
        { id: reply[1]?.message_id, transactionId: 'tx-2', traceId: null },
      ]);
    });

    test('a repeated transactionId is a duplicate of the stored message; in another partition it is new', async () => {
      const queue = await newQueue();
      const item = { queue, partition: 'p1', payload: { n: 1 }, transactionId: 'tx' };
      const [first] = await server.push(route, [item]);
      expect(await server.push(route, [{ ...item, payload: { n: 2 } }])).toEqual([
        { status: 'duplicate', transaction_id: 'tx', message_id: first?.message_id },
      ]);
      const [elsewhere] = await server.push(route, [{ ...item, partition: 'p2' }]);
      expect(elsewhere).toMatchObject({ status: 'queued', transaction_id: 'tx' });
      expect(elsewhere?.message_id).not.toBe(first?.message_id);
      const delivered = await server.drain(queue);
      expect(delivered.map(({ partition, data }) => [partition, data]).sort()).toEqual([
        ['p1', { n: 1 }],
        ['p2', { n: 1 }],
      ]);
    });

    test('the same transactionId twice in one batch: the first is queued, the second its duplicate', async () => {
      const queue = await newQueue();
      const reply = await server.push(route, [
        { queue, payload: 'before', transactionId: 'a' },
        { queue, payload: 'first', transactionId: 'twin' },
        { queue, payload: 'between' },
        { queue, payload: 'second', transactionId: 'twin' },
        { queue, payload: 'after', transactionId: 'b' },
      ]);
      expect(statuses(reply)).toEqual(['queued', 'queued', 'queued', 'duplicate', 'queued']);
      expect(reply[3]).toMatchObject({ transaction_id: 'twin', message_id: reply[1]?.message_id });
      const delivered = await server.drain(queue);
      expect(delivered.map(({ data }) => data)).toEqual(['before', 'first', 'between', 'after']);
    });

    test('results come in the order of the items, whatever their partitions', async () => {
      const queue = await newQueue();
      const other = await newQueue();
      const reply = await server.push(route, [
        { queue, partition: 'pA', payload: { k: 1 }, transactionId: '1' },
        { queue: other, partition: 'pA', payload: { k: 2 }, transactionId: '2' },
        { queue, partition: 'pB', payload: { k: 3 }, transactionId: '3' },
        { queue: 'never configured', payload: { k: 4 }, transactionId: '4' },
        { queue, partition: 'pA', payload: { k: 5 }, transactionId: '5' },
      ]);
      expect(reply.map(({ transaction_id }) => transaction_id)).toEqual(['1', '2', '3', '4', '5']);
      expect(statuses(reply)).toEqual(['queued', 'queued', 'queued', 'failed', 'queued']);
      expect((await server.drain(queue, 'pA')).map(({ data }) => data.k)).toEqual([1, 5]);
    });

    test('an empty items array', async () => {
      expect(await server.post(route, { items: [] })).toMatchObject({ status: 201, text: '[]' });
    });

    test('any content type is JSON', async () => {
      const queue = await newQueue();
      const body = JSON.stringify({ items: [{ queue, payload: {} }] });
      for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/json; charset=utf-8']) {
        expect(await server.post(route, body, { 'content-type': type })).toMatchObject({ status: 201 });
      }
    });

    test.each([
      ['empty body', '', 'Empty request body'],
      ['invalid JSON', '{"items":[', /^Invalid JSON: /],
      ['body is an array', '[]', 'items array is required'],
      ['body is null', 'null', 'items array is required'],
      ['no items', '{}', 'items array is required'],
      ['items not an array', '{"items":{"queue":"q"}}', 'items array is required'],
      ['missing queue', '{"items":[{"payload":{"a":1}}]}', 'Queue must be a string'],
      ['queue not a string', '{"items":[{"queue":5}]}', 'Queue must be a string'],
      ['queue a number no double holds', '{"items":[{"queue":12345678901234567890}]}', 'Queue must be a string'],
      ['partition not a string', '{"items":[{"queue":"q","partition":7}]}', 'Partition must be a string'],
      ['partition null', '{"items":[{"queue":"q","partition":null}]}', 'Partition must be a string'],
      ['transactionId not a string', '{"items":[{"queue":"q","transactionId":7}]}', 'TransactionId must be a string'],
      ['traceId not a string', '{"items":[{"queue":"q","traceId":7}]}', 'TraceId must be a string'],
      ['item not an object', '{"items":[5]}', 'Queue must be a string'],
      ['item an array', '{"items":[["queue"]]}', 'Queue must be a string'],
    ])('refused whole with 400: %s', async (_name, body, error) => {
      const reply = await server.post(route, body);
      const text = typeof error === 'string' ? error : expect.stringMatching(error);
      expect([reply.status, reply.body]).toEqual([400, { error: text }]);
    });

    test('an item of the wrong shape refuses its request before anything is stored', async () => {
      const queue = await newQueue();
      const reply = await server.post(route, { items: [{ queue, payload: 1 }, { payload: 2 }] });
      expect([reply.status, reply.body]).toEqual([400, { error: 'Queue must be a string' }]);
      expect(await server.drain(queue)).toEqual([]);
    });

    test('other methods and routes are 404, with a reason', async () => {
      const absent = { status: 404, body: { error: expect.stringContaining('No route') } };
      expect(await server.request({ method: 'PUT', path: route, body: '{}' })).toMatchObject(absent);
      expect(await server.get(route)).toMatchObject(absent);
      expect(await server.post(`${route}/nope`, {})).toMatchObject(absent);
    });
  });

  test.each([
    ['a transactionId with U+0000', { transactionId: 'a\0b' }, /TransactionId .*U\+0000/],
    ['a transactionId with half a character', { transactionId: 'a\ud800' }, /TransactionId .*Unicode/],
    ['a transactionId of 300 characters', { transactionId: 'x'.repeat(300) }, /TransactionId .*255/],
    ['an empty transactionId', { transactionId: '' }, /TransactionId .*1 to 255/],
    ['a traceId that is no UUID', { traceId: 'not-a-uuid' }, /TraceId must be a UUID/],
    ['a partition with U+0000', { partition: 'p\0' }, /Partition .*U\+0000/],
    ['a partition with half a character', { partition: '\udc00p' }, /Partition .*Unicode/],
    ['a partition of 256 characters', { partition: 'p'.repeat(256) }, /Partition .*255/],
    ['an empty partition', { partition: '' }, /Partition .*1 to 255/],
    ['a queue that was never configured', { queue: 'absent' }, /^Queue 'absent' does not exist\. Please create it/],
    ['an empty queue name', { queue: '' }, /^Queue '' does not exist\. Please create it/],
    ['a queue with U+0000', { queue: 'q\0' }, /Queue /],
    ['a queue with half a character', { queue: '\ud800' }, /Queue /],
    ['a queue of 300 characters', { queue: 'q'.repeat(300) }, /Queue /],
  ])('%s fails alone', async (_name, bad, error) => {
    const queue = await newQueue();
    const reply = await server.push(route, [
      { queue, payload: 'before', transactionId: 'before' },
      { queue, payload: 'bad', transactionId: 'bad', ...bad },
      { queue, payload: 'after', transactionId: 'after' },
    ]);
    expect(statuses(reply)).toEqual(['queued', 'failed', 'queued']);
    const transactionId = 'transactionId' in bad ? bad.transactionId : 'bad';
    expect(reply[1]).toMatchObject({ transaction_id: transactionId, error: expect.stringMatching(error) });
    expect(reply[1]).not.toHaveProperty('message_id');
    expect((await server.drain(queue)).map(({ data }) => data)).toEqual(['before', 'after']);
  });

  test('bad items of one client do not touch the items of others that share its transactions', async () => {
    const queue = await newQueue();
    const bad = { queue, transactionId: 'x'.repeat(300), traceId: 'no' };
    const pushes = Array.from({ length: 60 }, (_, number) =>
      server.push(route, number % 3 === 0 ? [bad, { ...bad, partition: '\0' }] : [{ queue, payload: number }]),
    );
    for (const [number, reply] of (await Promise.all(pushes)).entries()) {
      expect(statuses(reply)).toEqual(number % 3 === 0 ? ['failed', 'failed'] : ['queued']);
    }
    expect(await server.drain(queue)).toHaveLength(40);
  });

  test('names of 255 characters are accepted, counted as characters', async () => {
    const emoji = '😀'.repeat(255);
    const queue = `${route === '/api/v1/push' ? 'a' : 'b'}${'😀'.repeat(254)}`;
    await server.configure(queue);
    const item = { queue, partition: emoji, payload: 1, transactionId: emoji };
    expect(statuses(await server.push(route, [item]))).toEqual(['queued']);
    expect(statuses(await server.push(route, [item]))).toEqual(['duplicate']);
    expect(await server.drain(queue, emoji)).toMatchObject([{ queue, partition: emoji, transactionId: emoji }]);
  });

  test('payloads come back unaltered', async () => {
    const queue = await newQueue();
    const payloads = [
      'null',
      'true',
      '"text"',
      '""',
      '[1,2]',
      '{}',
      '{"u":"é中😀 \\\\ \\" \\n"}',
      '{"u":"a\\u0000b"}',
      '"\\ud800"',
      '12345678901234567890',
      '1712345678.123456789',
      '-0',
      '1e400',
      '{"__proto__":{"a":1},"constructor":null}',
      `"${'x'.repeat(1_000_000)}"`,
      `${'['.repeat(1000)}${']'.repeat(1000)}`,
      `"{NULL,\\"a\\",'b'}"`,
    ];
    const items = payloads.map((payload) => `{"queue":"${queue}","payload":${payload}}`);
    const reply = await server.post(route, `{"items":[${items.join(',')},{"queue":"${queue}"}]}`);
    expect(statuses(reply.body)).toEqual([...payloads, 'absent'].map(() => 'queued'));
    const delivered = await server.get(popPath(queue));
    const data = [...delivered.text.matchAll(/"data":(.*?)\}(?=,\{"id":|\]\}$)/gs)].map((match) => match[1]);
    expect(data).toEqual([...payloads, 'null']);
  });

  test.each([
    ['a number beside another that no double holds', '1712345678.123456789'],
    ['negative zero', '-0'],
    ['a small power of ten', '1e-7'],
  ])('a payload alone in its request comes back unaltered: %s', async (_name, payload) => {
    const queue = await newQueue();
    await server.post(route, `{"items":[{"queue":"${queue}","payload":[${payload}]}]}`);
    const { text } = await server.get(popPath(queue));
    expect(text).toContain(`"data":[${payload}]`);
  });

  test('a payload nested too deeply to be written is the fault of the request', async () => {
    const queue = await newQueue();
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    const reply = await server.post(route, `{"items":[{"queue":"${queue}","payload":${deep}}]}`);
    expect([reply.status, reply.body]).toEqual([400, { error: expect.stringContaining('nest') }]);
    expect(await server.drain(queue)).toEqual([]);
  });

  test('names are never mixed up or interpreted', async () => {
    const tag = route === '/api/v1/push' ? 'async' : 'legacy';
    const names = [
      [`${tag}k`, '1:2'],
      [`${tag}k:1`, '2'],
      [`${tag}k:1:2`, 'Default'],
      [`${tag} a b`, ' '],
      [`${tag}%`, '%25'],
      [`${tag}%25`, '%'],
      [`${tag}/x`, 'a/b?c=d#e'],
      [`${tag}"q"`, `'; drop table queen.queues; --`],
      [`${tag},{}`, '{a,b}'],
      [`${tag}\\`, '\\"'],
      [`${tag}NULL`, 'NULL'],
      [`${tag}😀`, 'é中😀'],
      [`${tag}é`, 'e\u0301'],
      [`${tag}e\u0301`, 'é'],
      [`${tag}X`, 'p'],
      [`${tag}x`, 'P'],
    ] as const;
    for (const [queue] of names) await server.configure(queue);
    const reply = await server.push(
      route,
      names.map(([queue, partition]) => ({ queue, partition, payload: [queue, partition], transactionId: 'same' })),
    );
    expect(statuses(reply)).toEqual(names.map(() => 'queued'));
    for (const [queue, partition] of names) {
      const delivered = await server.drain(queue, partition);
      expect(delivered.map(({ data, ...rest }) => [rest.queue, rest.partition, data])).toEqual([
        [queue, partition, [queue, partition]],
      ]);
      expect(await server.drain(queue)).toEqual([]);
    }
  });

  test('a body over the limit is refused with 413, and the connection serves on', async () => {
    const queue = await newQueue();
    const reply = await server.post(route, { items: [{ queue, payload: 'x'.repeat(4 * 2 ** 20) }] });
    expect([reply.status, reply.body]).toEqual([413, { error: expect.any(String) }]);
    expect(statuses(await server.push(route, [{ queue, payload: 1 }]))).toEqual(['queued']);
  });

  test('10,000 items in one request: all queued, delivered in order', async () => {
    const queue = await newQueue();
    const numbers = Array.from({ length: 10_000 }, (_, number) => number);
    const reply = await server.push(
      route,
      numbers.map((number) => ({ queue, payload: number, transactionId: `t${number}` })),
    );
    expect(new Set(statuses(reply))).toEqual(new Set(['queued']));
    expect(reply.map(({ transaction_id }) => transaction_id)).toEqual(numbers.map((number) => `t${number}`));
    expect(new Set(reply.map(({ message_id }) => message_id)).size).toBe(10_000);
    expect((await server.drain(queue)).map(({ data }) => data)).toEqual(numbers);
  });

  test('twins all over a large batch of many partitions: always the first is queued', async () => {
    const queue = await newQueue();
    // Often enough that PostgreSQL has settled on a plan for the statement.
    for (let round = 0; round < 8; round += 1) {
      const half = Array.from({ length: 300 }, (_, number) => ({
        queue,
        partition: `p${number % 7}`,
        transactionId: `${round}.${number}`,
      }));
      const reply = await server.push(route, [
        ...half.map((item) => ({ ...item, payload: 'first' })),
        ...half.map((item) => ({ ...item, payload: 'second' })),
      ]);
      expect(new Set(statuses(reply.slice(0, 300)))).toEqual(new Set(['queued']));
      expect(new Set(statuses(reply.slice(300)))).toEqual(new Set(['duplicate']));
      const ids = reply.map(({ message_id }) => message_id);
      expect(ids.slice(300)).toEqual(ids.slice(0, 300));
    }
    const stored = await database.admin.query(
      `select payload::text, count(*)::int from queen.messages where partition_id in
         (select p.id from queen.partitions p join queen.queues q on q.id = p.queue_id where q.name = $1)
       group by 1`,
      [queue],
    );
    expect(stored.rows).toEqual([{ payload: '"first"', count: 2400 }]);
  });

  test('a queue whose options change all the time keeps accepting', async () => {
    const queue = await newQueue();
    let running = true;
    const reconfigure = async (): Promise<void> => {
      for (let leaseTime = 1; running; leaseTime += 1) await server.configure(queue, { leaseTime });
    };
    const produce = async (producer: number): Promise<void> => {
      for (let number = 0; number < 20; number += 1) {
        const items = Array.from({ length: 3 }, (_, index) => ({
          queue,
          partition: `p${producer % 3}`,
          payload: [producer, number, index],
        }));
        expect(statuses(await server.push(route, items))).toEqual(['queued', 'queued', 'queued']);
      }
    };
    const configuring = reconfigure();
    await Promise.all(Array.from({ length: 8 }, (_, producer) => produce(producer))).finally(() => {
      running = false;
    });
    await configuring;
    expect(await server.drain(queue)).toHaveLength(8 * 20 * 3);
  });
});

describe('a pop', () => {
  test('finds messages behind a partition that has only used-up numbers', async () => {
    const queue = await newQueue();
    const item = (partition: string, transactionId: string) => ({
      queue,
      partition,
      payload: partition,
      transactionId,
    });
    await server.push('/api/v1/push', [item('a', '1')]);
    await server.push('/api/v1/push', [item('b', '1')]);
    for (const partition of ['a', 'b']) expect(await server.drain(queue, partition)).toHaveLength(1);
    // Every partition has its cursor from here on; a pop that had to make one would look a second time.
    expect(await server.drain(queue)).toEqual([]);
    // A duplicate uses up a sequence number without leaving a message; partition a is the next to be served.
    await server.push('/api/v1/push', [item('a', '1'), item('b', '2')]);
    const reply = await server.get(popPath(queue));
    expect(reply).toMatchObject({ status: 200, body: { messages: [{ partition: 'b', transactionId: '2' }] } });
  });

  test('is never a HEAD request: messages would go to nobody', async () => {
    const queue = await newQueue();
    await server.push('/api/v1/push', [{ queue, payload: 1 }]);
    expect(await server.request({ method: 'HEAD', path: popPath(queue) })).toMatchObject({ status: 404 });
    expect(await server.drain(queue)).toHaveLength(1);
  });

  test('of names that cannot exist finds nothing, and a group that cannot exist is refused', async () => {
    const queue = await newQueue();
    expect(await server.get('/api/v1/pop/queue/a%00b?autoAck=true')).toMatchObject({ status: 204 });
    expect(await server.get(popPath(queue, 'a\0b'))).toMatchObject({ status: 204 });
    for (const group of ['', 'a%00b', 'g'.repeat(256)]) {
      const path = `/api/v1/pop/queue/${queue}?autoAck=true&consumerGroup=${group}`;
      expect(await server.get(path)).toMatchObject({
        status: 400,
        body: { error: expect.stringMatching(/consumerGroup/i) },
      });
    }
  });

  test('gives each group every message, from the beginning', async () => {
    const queue = await newQueue();
    await server.push(
      '/api/v1/push',
      [1, 2, 3].map((payload) => ({ queue, payload })),
    );
    for (const group of ['one', 'two']) {
      const reply = await server.get(`${popPath(queue)}&consumerGroup=${group}`);
      expect(reply.body.messages).toMatchObject([1, 2, 3].map((data) => ({ data, consumerGroup: group })));
    }
    expect(await server.drain(queue)).toHaveLength(3);
    expect(await server.get(popPath('never configured'))).toMatchObject({ status: 204, text: '' });
  });
});
