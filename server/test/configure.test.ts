import { afterAll, beforeAll, expect, test } from 'vitest';
import { useTestDatabase } from './test-database.ts';
import { TestServer } from './test-server.ts';

const database = useTestDatabase('end');
let server: TestServer;

const DEFAULTS = {
  completedRetentionSeconds: 0,
  deadLetterQueue: false,
  delayedProcessing: 0,
  dlqAfterMaxRetries: false,
  encryptionEnabled: false,
  leaseTime: 300,
  maxSize: 0,
  maxWaitTimeSeconds: 0,
  priority: 0,
  retentionEnabled: false,
  retentionSeconds: 0,
  retryDelay: 1000,
  retryLimit: 3,
  ttl: 3600,
  windowBuffer: 0,
};

beforeAll(async () => {
  server = await TestServer.start(database, { QUEEN_ENCRYPTION_KEY: '5a'.repeat(32) });
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  expect(server.process.lines.filter(({ level }) => level >= 40)).toEqual([]);
});

const configure = (body: unknown) => server.post('/api/v1/configure', body);

test.each([
  ['absent', { queue: 'bare' }],
  ['empty', { queue: 'bare', options: {} }],
])('a queue configured with its options %s has the defaults, and can be pushed to', async (_name, body) => {
  const reply = await configure(body);
  expect([reply.status, reply.body]).toEqual([
    200,
    { configured: true, queue: 'bare', namespace: '', task: '', options: DEFAULTS },
  ]);
  expect(await server.push('/api/v1/push', [{ queue: 'bare', payload: 1 }])).toMatchObject([{ status: 'queued' }]);
  expect(await server.drain('bare')).toHaveLength(1);
});

test('every option is accepted and echoed; the next configuration replaces them all', async () => {
  const options = Object.fromEntries(
    Object.entries(DEFAULTS).map(([name, value]) => [name, typeof value === 'boolean' ? !value : value + 7]),
  );
  const body = { queue: 'full', namespace: 'n', task: 't', options };
  expect(await configure(body)).toMatchObject({ status: 200, body: { configured: true, ...body } });
  expect((await configure({ queue: 'full', options: { priority: 2 } })).body).toEqual({
    configured: true,
    queue: 'full',
    namespace: '',
    task: '',
    options: { ...DEFAULTS, priority: 2 },
  });
});

test.each([
  ['an unknown option', { options: { maxSise: 5 } }, /Unknown option 'maxSise'; known are leaseTime, .*maxSize/],
  ['an option every object has', { options: { constructor: 1 } }, /Unknown option 'constructor'/],
  ['a number that is a text', { options: { leaseTime: 'abc' } }, /leaseTime: expected a whole number .* got "abc"/],
  ['a fraction', { options: { retryLimit: 1.5 } }, /retryLimit: expected a whole number/],
  ['a negative number', { options: { maxSize: -1 } }, /maxSize: expected a whole number from 0/],
  [
    'a number PostgreSQL cannot hold',
    { options: { ttl: 2 ** 31 } },
    /ttl: expected a whole number from 0 to 2147483647/,
  ],
  ['null for a number', { options: { maxSize: null } }, /maxSize: expected a whole number/],
  ['a word for a boolean', { options: { encryptionEnabled: 'yes' } }, /encryptionEnabled: expected true or false/],
  ['a lease of no time', { options: { leaseTime: 0 } }, /leaseTime: expected at least 1/],
  ['options that are a list', { options: [] }, /options must be an object/],
  ['options that are null', { options: null }, /options must be an object/],
  ['options that are a text', { options: 'x' }, /options must be an object/],
  ['a namespace that is a number', { namespace: 5 }, /namespace must be a string/],
  ['a task that is an object', { task: {} }, /task must be a string/],
  ['a queue that is a number', { queue: 5 }, /queue is required/],
])('refused with 400, nothing is changed: %s', async (_name, change, error) => {
  expect(await configure({ queue: 'kept', options: { priority: 9 } })).toMatchObject({ status: 200 });
  const reply = await configure({ queue: 'kept', ...change });
  expect([reply.status, reply.body]).toEqual([400, { error: expect.stringMatching(error) }]);
  const { rows } = await database.admin.query(`select options from queen.queues where name = 'kept'`);
  expect(rows).toEqual([{ options: { ...DEFAULTS, priority: 9 } }]);
});

test('options of a known queue count at once, for pushes on every worker and both routes', async () => {
  const queue = 'turned';
  await configure({ queue });
  const connections = await Promise.all([1, 2].map((worker) => server.connectTo(worker)));
  for (let round = 0; round < 5; round += 1) {
    for (const maxSize of [0, 1]) {
      await configure({ queue, options: { maxSize } });
      for (const connection of connections) {
        for (const route of ['/api/v1/push', '/api/v1/push-legacy']) {
          const items = [1, 2].map((payload) => ({ queue, payload }));
          const { body } = await connection.post(route, { items });
          const expected = maxSize === 0 ? 'queued' : 'failed';
          expect(body.map(({ status }: { status: string }) => status)).toEqual([expected, expected]);
        }
      }
    }
  }
  for (const connection of connections) await connection[Symbol.asyncDispose]();
});
