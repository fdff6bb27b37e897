import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { settle } from '../target/settle.ts';

type Answer = readonly [status: number, body: string];

/** Answers each path with its list, the last one for ever. */
async function startServer(answers: Readonly<Record<string, readonly Answer[]>>) {
  const asked: Record<string, number> = {};
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    const count = asked[path] ?? 0;
    asked[path] = count + 1;
    const list = answers[path] ?? [[404, 'none']];
    const [status, body] = list[Math.min(count, list.length - 1)] ?? [500, ''];
    response.writeHead(status).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    asked,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

const { signal } = new AbortController();
const HEALTHY: readonly Answer[] = [[200, '{}']];

test('waits for health first, then for an empty buffer', async () => {
  await using server = await startServer({
    '/health': [
      [503, 'away'],
      [503, 'away'],
      [200, '{}'],
    ],
    '/api/v1/status/buffers': [
      [200, '{"pending":2}'],
      [503, 'busy'],
      [200, '{"pending":0}'],
    ],
  });
  const settled = await settle({ baseUrl: server.baseUrl, limitMs: 5_000, signal });
  expect(settled).toEqual({ healthyMs: expect.any(Number), bufferEmptyMs: expect.any(Number) });
  expect(server.asked).toEqual({ '/health': 3, '/api/v1/status/buffers': 3 });
});

test.each<[string, Answer]>([
  ['without the route', [404, 'no such route']],
  ['that answers 200 to everything', [200, 'ok']],
  ['that tells something else', [200, '{"pending":"many"}']],
])('a server %s does not tell what it buffers', async (_, answer) => {
  await using server = await startServer({ '/health': HEALTHY, '/api/v1/status/buffers': [answer] });
  const settled = await settle({ baseUrl: server.baseUrl, limitMs: 5_000, signal });
  expect(settled).toMatchObject({ bufferEmptyMs: { missing: 'the server does not tell what it buffers' } });
});

test('a server that has no /health is not waited for', async () => {
  await using server = await startServer({});
  const settled = await settle({ baseUrl: server.baseUrl, limitMs: 60_000, signal });
  expect(settled).toEqual({ missing: 'the server has no /health that tells whether it is well' });
  expect(server.asked).toEqual({ '/health': 1 });
});

test('what does not get well in time is told with its last words', async () => {
  await using sick = await startServer({ '/health': [[503, 'away']] });
  expect(await settle({ baseUrl: sick.baseUrl, limitMs: 120, signal })).toEqual({
    missing: expect.stringMatching(
      /^the server did not get well .*: GET \/health still answered HTTP 503 away after 0 s$/,
    ),
  });
  await using full = await startServer({ '/health': HEALTHY, '/api/v1/status/buffers': [[200, '{"pending":7}']] });
  expect(await settle({ baseUrl: full.baseUrl, limitMs: 120, signal })).toEqual({
    missing: expect.stringContaining(
      'kept messages in its buffer: GET /api/v1/status/buffers still answered HTTP 200 {"pending":7}',
    ),
  });
  const gone = sick.baseUrl;
  await sick[Symbol.asyncDispose]();
  expect(await settle({ baseUrl: gone, limitMs: 60, signal })).toEqual({
    missing: expect.stringContaining('ECONNREFUSED'),
  });
});

test('abort ends the waiting with its reason', async () => {
  await using server = await startServer({ '/health': [[503, '']] });
  await expect(
    settle({ baseUrl: server.baseUrl, limitMs: 60_000, signal: AbortSignal.abort(new Error('enough')) }),
  ).rejects.toThrow('enough');
});
