import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { CutableProxy } from './cutable-proxy.ts';
import { SOON, useTestDatabase } from './test-database.ts';
import { TestServer, untilBlocked } from './test-server.ts';

const database = useTestDatabase('end');
/** Advisory lock without which no transaction that stored a message comes out of its COMMIT. */
const COMMIT_KEY = 4711;
let proxy: CutableProxy;
let server: TestServer;
let queues = 0;

beforeAll(async () => {
  proxy = await CutableProxy.start(database.address);
  server = await TestServer.start(database, { PG_HOST: '127.0.0.1', PG_PORT: String(proxy.port), NUM_WORKERS: '1' });
  await database.admin.query(`
    create function wait_in_commit() returns trigger language plpgsql as
    $$ begin perform pg_advisory_xact_lock(${COMMIT_KEY}); return null; end $$;
    create constraint trigger wait_in_commit after insert on queen.messages
    deferrable initially deferred for each row execute function wait_in_commit()`);
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await proxy[Symbol.asyncDispose]();
});

async function newQueue(options: object = {}): Promise<string> {
  queues += 1;
  await server.configure(`q${queues}`, options);
  await server.push('/api/v1/push', [{ queue: `q${queues}`, partition: 'warm', payload: 0 }]);
  return `q${queues}`;
}

/** Sends a request, cuts the server off while PostgreSQL is committing, and lets the commit go through. */
async function cutInCommit<Answer>(send: () => Promise<Answer>): Promise<Answer> {
  await using side = await database.openSession();
  await side.client.query('select pg_advisory_lock($1)', [COMMIT_KEY]);
  const answer = send();
  await untilBlocked(database, 1);
  proxy.cut();
  await side.client.query('select pg_advisory_unlock($1)', [COMMIT_KEY]);
  return await answer;
}

async function storedIds(queue: string): Promise<readonly string[]> {
  const { rows } = await database.admin.query<{ id: string }>(
    `select m.id from queen.messages m join queen.partitions p on p.id = m.partition_id
     join queen.queues q on q.id = p.queue_id where q.name = $1 and p.name <> 'warm' order by m.seq`,
    [queue],
  );
  return rows.map(({ id }) => id);
}

test.each([
  ['a queue without bound', {}],
  ['a queue with room for exactly that', { maxSize: 3 }],
])(
  'a push whose COMMIT was received is answered as queued, not as a duplicate of itself: %s',
  async (_name, options) => {
    const queue = await newQueue(options);
    const items = [
      { queue, payload: 1, transactionId: 'one' },
      { queue, payload: 2 },
    ];
    const reply = await cutInCommit(() => server.push('/api/v1/push', items));
    expect(reply).toMatchObject([{ status: 'queued', transaction_id: 'one' }, { status: 'queued' }]);
    expect(reply.map(({ message_id }) => message_id)).toEqual(await storedIds(queue));
    expect(await server.push('/api/v1/push', items.slice(0, 1))).toMatchObject([
      { status: 'duplicate', message_id: reply[0]?.message_id },
    ]);
  },
);

test('a push on push-legacy whose COMMIT was received is buffered, stored once, and sent again a duplicate of that', async () => {
  const queue = await newQueue();
  const items = [{ queue, payload: 1, transactionId: 'one' }];
  const reply = await cutInCommit(() => server.push('/api/v1/push-legacy', items));
  expect(reply).toEqual([{ status: 'buffered', transaction_id: 'one' }]);
  await vi.waitFor(async () => {
    const [id] = await storedIds(queue);
    expect(await server.post('/api/v1/push-legacy', { items })).toMatchObject({
      status: 201,
      body: [{ status: 'duplicate', message_id: id }],
    });
  }, SOON);
  expect((await server.drain(queue, 'Default')).map(({ data }) => data)).toEqual([1]);
});

test('a transaction whose COMMIT was received is 503 with its outcome unknown, and sent again a success', async () => {
  const queue = await newQueue();
  const source = await newQueue();
  await server.push('/api/v1/push', [{ queue: source, payload: 1 }]);
  const popped = await server.get(`/api/v1/pop/queue/${source}/partition/Default?batch=1`);
  const { transactionId, partitionId, leaseId } = popped.body.messages[0];
  const operations = [
    { type: 'push', items: [{ queue, data: 1, transactionId: 'one' }] },
    { type: 'ack', transactionId, partitionId, leaseId },
  ];
  const reply = await cutInCommit(() => server.post('/api/v1/transaction', { operations }));
  expect(reply).toMatchObject({ status: 503, body: { error: expect.stringContaining('unknown') } });
  await vi.waitFor(async () => {
    expect(await server.post('/api/v1/transaction', { operations })).toMatchObject({
      status: 200,
      body: { success: true, results: [{ status: 'duplicate' }, { status: 'completed' }] },
    });
  }, SOON);
  expect(await storedIds(queue)).toHaveLength(1);
});
