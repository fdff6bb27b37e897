import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PayloadCipher } from '../queue/payload-cipher.ts';
import { ack, pop } from './consumer.ts';
import { useTestDatabase } from './test-database.ts';
import { TestServer } from './test-server.ts';

const database = useTestDatabase('end');
const KEY = '0123456789abcdef'.repeat(4);
let server: TestServer;
let keyed: TestServer;

beforeAll(async () => {
  server = await TestServer.start(database, { NUM_WORKERS: '1' });
  keyed = await TestServer.start(database, { NUM_WORKERS: '1', QUEEN_ENCRYPTION_KEY: KEY });
});

afterAll(async () => {
  await server.stop();
  await keyed.stop();
});

async function body(path: string, from = server) {
  const reply = await from.get(path);
  expect([path, reply.status, reply.text]).toEqual([path, 200, expect.any(String)]);
  return reply.body;
}

describe('dead letters', () => {
  test('list and total agree on every page and filter (defect 15)', async () => {
    await server.configure('dlq', { retryLimit: 0 });
    const items = Array.from({ length: 5 }, (_, index) => ({
      queue: 'dlq',
      partition: index < 3 ? 'a' : 'b',
      transactionId: `m${index}`,
      payload: { index },
    }));
    await server.push('/api/v1/push', items);
    for (const query of [{}, { consumerGroup: 'g' }]) {
      for (const _ of items) {
        const [message] = await pop(server, 'dlq', query);
        const reply = {
          transactionId: message?.transactionId,
          partitionId: message?.partitionId,
          leaseId: message?.leaseId,
        };
        const failed = { ...reply, ...query, status: 'failed', error: `broken ${message?.partition}` };
        expect((await server.post('/api/v1/ack', failed)).body.status).toBe('failed_dlq');
      }
    }
    for (const [query, total, length] of [
      ['', 10, 10],
      ['&limit=3', 10, 3],
      ['&limit=3&offset=9', 10, 1],
      ['&limit=3&offset=10', 10, 0],
      ['&partition=b', 4, 4],
      ['&consumerGroup=g', 5, 5],
      ['&consumerGroup=g&partition=a&limit=2', 3, 2],
      ['&consumerGroup=other', 0, 0],
      ['&to=2020-01-01T00:00:00Z', 0, 0],
      ['&from=2020-01-01T00:00:00Z', 10, 10],
    ] as const) {
      const reply = await body(`/api/v1/dlq?queue=dlq${query}`);
      expect([query, reply.total, reply.messages.length]).toEqual([query, total, length]);
    }
    const [latest] = (await body('/api/v1/dlq?queue=dlq&consumerGroup=g&limit=1')).messages;
    expect(latest).toMatchObject({
      queueName: 'dlq',
      consumerGroup: 'g',
      errorMessage: expect.stringMatching(/^broken [ab]$/),
      data: { index: expect.any(Number) },
      encrypted: false,
      messageId: expect.any(String),
      retryCount: 0,
    });
    const pages = [0, 4, 8].map((offset) => body(`/api/v1/dlq?queue=dlq&limit=4&offset=${offset}`));
    const ids = (await Promise.all(pages)).flatMap(({ messages }) => messages.map(({ id }: { id: string }) => id));
    expect(new Set(ids).size).toBe(10);
    const { deadLetterQueue } = await body('/api/v1/status?queue=dlq');
    expect(deadLetterQueue).toEqual({
      totalMessages: 10,
      affectedPartitions: 2,
      topErrors: [
        { error: 'broken a', count: 6 },
        { error: 'broken b', count: 4 },
      ],
    });
  });
});

describe('payloads', () => {
  test('come out as they went in, to the last digit', async () => {
    await server.configure('digits');
    const payload = '{"n":12345678901234567890.0100,"text":"\\u0000"}';
    await server.post('/api/v1/push', `{"items":[{"queue":"digits","transactionId":"x","payload":${payload}}]}`);
    const [message] = await pop(server, 'digits');
    const reply = await server.get(`/api/v1/messages/${message?.partitionId}/x`);
    expect(reply.text).toContain(`"data":${payload}`);
  });

  test('of encrypted messages: with the key what was sent, without it null, never ciphertext', async () => {
    await server.configure('secret', { retryLimit: 0 });
    await server.push('/api/v1/push', [{ queue: 'secret', transactionId: 'x', payload: 'clear' }]);
    const [message] = await pop(server, 'secret');
    expect(await ack(server, message, 'failed')).toBe('failed_dlq');
    const stored = new PayloadCipher(KEY).encrypt('{"password":"swordfish"}');
    await database.admin.query(
      `update queen.messages m set payload = $1, is_encrypted = true
       from queen.partitions p join queen.queues q on q.id = p.queue_id where p.id = m.partition_id and q.name = 'secret'`,
      [stored],
    );
    const path = `/api/v1/messages/${message?.partitionId}/x`;
    for (const show of [path, '/api/v1/dlq?queue=secret']) {
      const withKey = await body(show, keyed);
      const withoutKey = await body(show);
      expect((withKey.messages ?? [withKey])[0]).toMatchObject({ data: { password: 'swordfish' }, encrypted: true });
      expect((withoutKey.messages ?? [withoutKey])[0]).toMatchObject({ data: null, encrypted: true });
      expect(JSON.stringify(withoutKey)).not.toContain('authTag');
    }
  });
});

describe('traces', () => {
  test('are told of a message, and found by it and by name', async () => {
    await server.configure('traced');
    await server.push('/api/v1/push', [{ queue: 'traced', transactionId: 'x' }]);
    const [message] = await pop(server, 'traced');
    const { partitionId } = message ?? {};
    const trace = { transactionId: 'x', partitionId, data: { step: 1 }, traceNames: ['order-1', 'order-1', 'user-2'] };
    expect(await server.post('/api/v1/traces', trace)).toMatchObject({ status: 201, body: { success: true } });
    const second = { ...trace, data: { step: 2 }, traceNames: ['order-1'], eventType: 'error', consumerGroup: 'g' };
    expect(await server.post('/api/v1/traces', second)).toMatchObject({ status: 201 });
    expect(await body(`/api/v1/traces/${partitionId}/x`)).toMatchObject({
      total: 2,
      traces: [
        { data: { step: 1 }, traceNames: ['order-1', 'user-2'], eventType: 'info', consumerGroup: null },
        { data: { step: 2 }, traceNames: ['order-1'], eventType: 'error', consumerGroup: 'g' },
      ],
    });
    expect(await body('/api/v1/traces/by-name/order-1')).toMatchObject({
      total: 2,
      traces: [{ data: { step: 2 }, transactionId: 'x', queue: 'traced' }, { data: { step: 1 } }],
    });
    expect(await body('/api/v1/traces/by-name/order-1?offset=5')).toEqual({
      total: 2,
      traces: [],
      limit: 100,
      offset: 5,
    });
    expect((await body('/api/v1/traces/names')).trace_names).toMatchObject([
      { trace_name: 'order-1', trace_count: 2, message_count: 1 },
      { trace_name: 'user-2', trace_count: 1, message_count: 1 },
    ]);
  });

  test.each([
    [{}, 400, 'transactionId is required'],
    [{ transactionId: 'x' }, 400, 'partitionId is required'],
    [{ transactionId: 'x', partitionId: 'y' }, 400, 'data is required'],
    [{ transactionId: 'x', partitionId: 'y', data: 1 }, 404, 'Message not found'],
    [{ transactionId: 'x', partitionId: 'y', data: 1, traceNames: [''] }, 400, 'traceNames'],
    [{ transactionId: 'x', partitionId: 'y', data: 1, traceNames: 'a' }, 400, 'traceNames'],
    [{ transactionId: 'x', partitionId: 'y', data: 1, eventType: 3 }, 400, 'eventType'],
  ])('refused: %j', async (trace, status, error) => {
    expect(await server.post('/api/v1/traces', trace)).toMatchObject({
      status,
      body: { error: expect.stringContaining(error) },
    });
  });
});
