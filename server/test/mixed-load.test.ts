import { describe, expect, test } from 'vitest';
import { ackBatch, ackOf, pop } from './consumer.ts';
import { useTestDatabase } from './test-database.ts';
import { type Reply, TestServer } from './test-server.ts';

const database = useTestDatabase('each');
/** A request that takes longer waits for something that never comes; nothing here has any reason to wait. */
const BOUND_MS = 20_000;
const CLIENTS = 64;
const ROUNDS = 6;

type Call = (server: TestServer, client: number, round: number) => Promise<void>;

const STATUSES = new Set(['queued', 'duplicate', 'failed']);

/** Every item has a word of the contract and its own id. */
async function push(server: TestServer, route: string, queue: string, tag: string): Promise<void> {
  const items = Array.from({ length: 1 + (tag.length % 5) }, (_, index) => ({
    queue,
    partition: `p${(tag.length + index) % 4}`,
    payload: tag,
    transactionId: `${tag}/${index}`,
  }));
  const reply = await server.push(route, items);
  for (const [index, { transaction_id, status }] of reply.entries()) {
    expect(transaction_id).toBe(items[index]?.transactionId);
    expect(STATUSES).toContain(status);
    if (queue === 'open') expect(status).toBe('queued');
  }
}

async function popAndAck(server: TestServer, wait: boolean): Promise<void> {
  const messages = await pop(server, 'open', { batch: 5, wait, timeout: 1_000 });
  if (messages.length > 0)
    await ackBatch(
      server,
      messages.map((message) => ackOf(message)),
    );
}

async function transact(server: TestServer, tag: string): Promise<void> {
  const messages = await pop(server, 'open', { batch: 2 });
  const operations = [
    ...messages.map((message) => ({ type: 'ack', ...ackOf(message) })),
    { type: 'push', items: [{ queue: 'out', data: tag, transactionId: tag }] },
  ];
  const { status, body } = await server.post('/api/v1/transaction', { operations });
  expect([status, body.error]).toEqual([200, undefined]);
  expect(body.results.at(-1)).toMatchObject({ transactionId: tag, status: 'queued' });
}

async function expectStatus(reply: Promise<Reply>, status: number): Promise<void> {
  expect((await reply).status).toBe(status);
}

function calls(legacy: boolean): readonly Call[] {
  const tag = (client: number, round: number) => `${client}.${round}.`.padEnd(8 + (client % 5), 'x');
  return [
    (server, client, round) => push(server, '/api/v1/push', 'open', tag(client, round)),
    (server, client, round) => push(server, '/api/v1/push', 'capped', tag(client, round)),
    (server, client, round) =>
      legacy
        ? push(server, '/api/v1/push-legacy', 'open', tag(client, round))
        : expectStatus(server.post('/api/v1/push-legacy', { items: [] }), 404),
    (server) => popAndAck(server, false),
    (server) => popAndAck(server, true),
    (server, client, round) => transact(server, tag(client, round)),
    // A queue nobody pushes to: these wait to the end of their time.
    (server) => expectStatus(server.get('/api/v1/pop/queue/idle?wait=true&timeout=500'), 204),
    (server, client) => expectStatus(server.post('/api/v1/configure', { queue: `side ${client}` }), 200),
    (server) => expectStatus(server.get('/health'), 200),
    (server) =>
      expectStatus(server.post('/api/v1/lease/01890000-0000-7000-8000-000000000001/extend', { seconds: 5 }), 404),
  ];
}

describe.each([
  { POOL_MODE: 'split', NUM_WORKERS: '1', DB_POOL_SIZE: '10' },
  { POOL_MODE: 'split', NUM_WORKERS: '2', DB_POOL_SIZE: '10' },
  { POOL_MODE: 'unified', NUM_WORKERS: '1', DB_POOL_SIZE: '10' },
  { POOL_MODE: 'unified', NUM_WORKERS: '2', DB_POOL_SIZE: '10' },
  { POOL_MODE: 'split', NUM_WORKERS: '4', DB_POOL_SIZE: '20' },
])('starvation: $POOL_MODE pool of $DB_POOL_SIZE, $NUM_WORKERS workers', (environment) => {
  test('64 clients of all kinds at once are all answered, each with its own', { timeout: 60_000 }, async () => {
    await database.admin.query('drop schema if exists queen cascade');
    await using server = await TestServer.start(database, environment);
    await server.configure('open');
    await server.configure('out');
    await server.configure('idle');
    await server.configure('capped', { maxSize: 40 });
    const kinds = calls(environment.POOL_MODE === 'split');
    const slow: string[] = [];
    const client = async (number: number): Promise<void> => {
      for (let round = 0; round < ROUNDS; round += 1) {
        const startedAt = performance.now();
        const kind = (number + round) % kinds.length;
        await kinds[kind]?.(server, number, round);
        if (performance.now() - startedAt > BOUND_MS) slow.push(`${kind}`);
      }
    };
    await Promise.all(Array.from({ length: CLIENTS }, (_, number) => client(number)));
    expect(slow).toEqual([]);
    const { body } = await server.get('/health');
    expect(body.pool).toMatchObject({ waiting: 0, discarded: 0 });
    const sessions = await database.sessions();
    expect(sessions).toHaveLength(Math.floor(0.95 * Number(environment.DB_POOL_SIZE)));
    for (const { state } of sessions) expect(state).not.toContain('transaction');
    expect(server.process.lines.filter(({ level }) => level >= 40)).toEqual([]);
    expect(server.process.logged('worker-died')).toEqual([]);
  });
});
