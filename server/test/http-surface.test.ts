import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ack, pop } from './consumer.ts';
import { splitRequest } from './raw-request.ts';
import { useTestDatabase } from './test-database.ts';
import { TestServer } from './test-server.ts';

const database = useTestDatabase('end');
let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start(database);
  await server.configure('surface');
});

afterAll(async () => {
  await server.stop();
});

const UUID = '01a20679-8e0b-7001-bbc0-f197a0acb277';

/** Every route there is, with a request and the status it declares for it. */
const ROUTES: readonly (readonly [method: string, path: string, status: number, body?: object])[] = [
  ['POST', '/api/v1/push', 201, { items: [{ queue: 'surface' }] }],
  ['POST', '/api/v1/push-legacy', 201, { items: [{ queue: 'surface' }] }],
  ['GET', '/api/v1/pop?namespace=none', 204],
  ['GET', '/api/v1/pop/queue/none', 204],
  ['GET', '/api/v1/pop/queue/none/partition/none', 204],
  ['POST', '/api/v1/ack', 500, { transactionId: 'x', partitionId: UUID }],
  ['POST', '/api/v1/ack/batch', 200, { acknowledgments: [] }],
  ['POST', `/api/v1/lease/${UUID}/extend`, 404, { seconds: 10 }],
  ['POST', '/api/v1/transaction', 200, { operations: [{ type: 'push', items: [{ queue: 'surface', data: 1 }] }] }],
  ['POST', '/api/v1/configure', 200, { queue: 'surface' }],
  ['GET', '/api/v1/system/maintenance', 200],
  ['POST', '/api/v1/system/maintenance', 200, { enabled: false }],
  ['GET', '/api/v1/status/buffers', 200],
  ['DELETE', '/api/v1/resources/queues/none', 200],
  ['GET', '/api/v1/resources/queues', 200],
  ['GET', '/api/v1/resources/queues/surface', 200],
  ['GET', '/api/v1/resources/queues/none', 404],
  ['GET', '/api/v1/resources/namespaces', 200],
  ['GET', '/api/v1/resources/tasks', 200],
  ['GET', '/api/v1/resources/overview', 200],
  ['GET', '/api/v1/messages', 200],
  ['GET', `/api/v1/messages/${UUID}/x`, 404],
  ['DELETE', `/api/v1/messages/${UUID}/x`, 404],
  ['GET', '/api/v1/dlq', 200],
  ['GET', '/api/v1/status', 200],
  ['GET', '/api/v1/status/queues', 200],
  ['GET', '/api/v1/status/queues/surface', 200],
  ['GET', '/api/v1/status/queues/none', 404],
  ['GET', '/api/v1/status/queues/surface/messages', 200],
  ['GET', '/api/v1/status/analytics', 200],
  ['GET', '/api/v1/analytics/system-metrics', 200],
  ['GET', '/api/v1/consumer-groups', 200],
  ['POST', '/api/v1/traces', 404, { transactionId: 'x', partitionId: UUID, data: 1 }],
  ['GET', `/api/v1/traces/${UUID}/x`, 200],
  ['GET', '/api/v1/traces/by-name/x', 200],
  ['GET', '/api/v1/traces/names', 200],
  ['GET', '/health', 200],
  ['GET', '/metrics', 200],
  ['GET', '/metrics/prometheus', 200],
];

test('every route answers with its declared status when headers and body come in separate TCP segments (defects 15 and 19)', async () => {
  const pids = server.process.workerPids();
  for (const [method, path, status, body] of ROUTES) {
    const reply = await splitRequest(server.port, method, path, body && JSON.stringify(body));
    expect([method, path, reply.status]).toEqual([method, path, status]);
    if (status >= 400) expect(JSON.parse(reply.body)).toEqual({ error: expect.any(String) });
    if (status === 204) expect(reply.body).toBe('');
  }
  expect(server.process.workerPids()).toEqual(pids);
  expect(server.process.logged('worker-died')).toEqual([]);
});

test('unknown routes, wrong methods and paths that are none: JSON errors', async () => {
  for (const [method, path, status] of [
    ['GET', '/nope', 404],
    ['PUT', '/api/v1/push', 404],
    ['GET', '/api/v1/push', 404],
    ['POST', '/metrics', 404],
    ['DELETE', '/api/v1/resources/queues', 404],
    ['POST', '/api/v1/stream/define', 404],
    ['OPTIONS', '/api/v1/push', 404],
    ['GET', '/api/v1/resources/queues/%', 400],
    ['GET', '/api/v1/resources/queues/%ff', 400],
  ] as const) {
    const reply = await splitRequest(
      server.port,
      method,
      path,
      method === 'GET' || method === 'OPTIONS' ? undefined : '{}',
    );
    expect([method, path, reply.status]).toEqual([method, path, status]);
    expect(JSON.parse(reply.body)).toEqual({ error: expect.any(String) });
  }
});

test('a body over the limit: 413 with a JSON error', async () => {
  await using small = await TestServer.start(database, { MAX_BODY_SIZE: '2000', NUM_WORKERS: '1' });
  const body = { items: [{ queue: 'surface', payload: 'x'.repeat(3000) }] };
  expect(await small.post('/api/v1/push', body)).toMatchObject({ status: 413, body: { error: expect.any(String) } });
  expect(await small.get('/health')).toMatchObject({ status: 200 });
});

describe('names are URL-decoded, once, on every route that has them (defects 12 and 15)', () => {
  const NAMES = ['a b', 'a/b', '%', '%25', 'a:b', 'a+b', 'ä€𝄞', '"\\\'', '{x},NULL', '?#&=', '__proto__', '..'];

  test.each(NAMES)('%j', async (name) => {
    const path = encodeURIComponent(name).replaceAll('.', '%2E');
    await server.configure(name, { retryLimit: 0 });
    await server.push('/api/v1/push', [
      { queue: name, partition: name, transactionId: name, payload: 1 },
      { queue: name, partition: name, transactionId: `${name}2`, payload: 2 },
    ]);
    const get = async (route: string) => {
      const reply = await server.get(route);
      expect([route, reply.status, reply.text]).toEqual([route, 200, expect.any(String)]);
      return reply.body;
    };
    expect(await get(`/api/v1/resources/queues/${path}`)).toMatchObject({ name, totals: { total: 2 } });
    expect(await get(`/api/v1/status/queues/${path}`)).toMatchObject({ queue: { name } });
    expect(await get(`/api/v1/status/queues/${path}/messages`)).toMatchObject({
      queue: name,
      pagination: { total: 2 },
    });
    const { messages } = await get(`/api/v1/pop/queue/${path}/partition/${path}?batch=1`);
    expect(messages).toMatchObject([{ queue: name, partition: name, transactionId: name, data: 1 }]);
    const { partitionId } = messages[0];
    expect(await get(`/api/v1/messages/${partitionId}/${path}`)).toMatchObject({ transactionId: name, queue: name });
    const trace = { transactionId: name, partitionId, data: { name }, traceNames: [name] };
    expect(await server.post('/api/v1/traces', trace)).toMatchObject({ status: 201, body: { success: true } });
    expect(await get(`/api/v1/traces/${partitionId}/${path}`)).toMatchObject({ traces: [{ data: { name } }] });
    expect(await get(`/api/v1/traces/by-name/${path}`)).toMatchObject({ total: 1, traces: [{ traceNames: [name] }] });
    expect(await ack(server, messages[0], 'failed')).toBe('failed_dlq');
    expect(await get(`/api/v1/dlq?queue=${path}`)).toMatchObject({ total: 1, messages: [{ queueName: name }] });
    expect(await get(`/api/v1/messages?queue=${path}&partition=${path}`)).toMatchObject({ messages: [{}, {}] });
    expect((await get('/api/v1/consumer-groups'))[0].topics).toContain(name);
    expect(await server.request({ method: 'DELETE', path: `/api/v1/messages/${partitionId}/${path}` })).toMatchObject({
      status: 200,
      body: { transactionId: name },
    });
    expect(await server.request({ method: 'DELETE', path: `/api/v1/resources/queues/${path}` })).toMatchObject({
      status: 200,
      body: { queue: name, existed: true },
    });
    expect(await pop(server, name)).toEqual([]);
  });
});

describe('access', () => {
  test('with a token every route but /health asks for it', async () => {
    const token = 'correct-horse';
    await using guarded = await TestServer.start(database, { BEARER_TOKEN: token, NUM_WORKERS: '1' });
    const paths = [...ROUTES.map(([method, path]) => [method, path] as const), ['GET', '/nope'] as const];
    for (const [method, path] of paths) {
      if (path === '/health') continue;
      for (const authorization of [undefined, 'Bearer wrong', `Basic ${token}`, `Bearer ${token}x`, token]) {
        const headers = authorization === undefined ? {} : { authorization };
        const reply = await fetch(guarded.origin + path, { method, headers });
        expect([path, reply.status, reply.headers.get('www-authenticate')]).toEqual([path, 401, 'Bearer']);
        expect(await reply.json()).toEqual({ error: expect.any(String) });
      }
    }
    expect((await fetch(`${guarded.origin}/health`)).status).toBe(200);
    const headers = { authorization: `Bearer ${token}` };
    expect((await fetch(`${guarded.origin}/api/v1/resources/queues`, { headers })).status).toBe(200);
    expect(guarded.process.lines.some((line) => JSON.stringify(line).includes(token))).toBe(false);
  });

  test('no CORS headers unless an origin is allowed', async () => {
    const reply = await fetch(`${server.origin}/health`, { headers: { origin: 'https://evil.example' } });
    expect([...reply.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  test("with an origin: the contract's headers on every reply, and preflights without a token", async () => {
    const origin = 'https://console.example';
    await using open = await TestServer.start(database, {
      CORS_ALLOW_ORIGIN: origin,
      BEARER_TOKEN: 't',
      NUM_WORKERS: '1',
    });
    const expected = {
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'GET, POST, PUT, DELETE, OPTIONS',
      'access-control-allow-headers': 'Content-Type, Authorization',
      'access-control-max-age': '86400',
    };
    for (const [method, path, status] of [
      ['OPTIONS', '/api/v1/push', 200],
      ['OPTIONS', '/health', 200],
      ['GET', '/health', 200],
      ['GET', '/api/v1/status', 401],
    ] as const) {
      const reply = await fetch(open.origin + path, { method });
      expect([path, reply.status]).toEqual([path, status]);
      expect(Object.fromEntries(reply.headers)).toMatchObject(expected);
    }
  });
});
