import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { useTestDatabase } from './test-database.ts';
import { type PushedItem, TestServer } from './test-server.ts';

const database = useTestDatabase('end');
/** A number of connections the tests outnumber with pushes. */
const POOL_SIZE = 10;
let server: TestServer;
let queues = 0;

beforeAll(async () => {
  server = await TestServer.start(database, { DB_POOL_SIZE: String(POOL_SIZE), NUM_WORKERS: '1' });
  // What PostgreSQL itself refuses, behind everything the server looks at: the error comes inside the transaction.
  await database.admin.query(
    `alter table queen.messages add constraint no_poison check (payload::text not like '%"poison"%')`,
  );
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

async function newQueue(): Promise<string> {
  queues += 1;
  await server.configure(`q${queues}`);
  return `q${queues}`;
}

const statuses = (items: readonly PushedItem[]) => items.map(({ status }) => status);

/** Every state the server's sessions were seen in while the work went on. */
async function statesDuring(work: () => Promise<void>): Promise<ReadonlySet<string>> {
  const seen = new Set<string>();
  let running = true;
  const look = async (): Promise<void> => {
    while (running) for (const { state } of await database.sessions()) seen.add(state);
  };
  const looking = look();
  await work().finally(() => {
    running = false;
  });
  await looking;
  for (const { state } of await database.sessions()) seen.add(state);
  return seen;
}

describe.each(['/api/v1/push', '/api/v1/push-legacy'])('%s', (route) => {
  test.each([
    ['the same id twice', { transactionId: 'twin' }, { transactionId: 'twin' }],
    ['U+0000 in the payload', { payload: 'a\0b' }, {}],
    ['U+0000 in an id', { transactionId: 'a\0b' }, {}],
    ['a traceId that is no UUID', { traceId: 'no uuid' }, {}],
    ['an id of 300 characters', { transactionId: 'x'.repeat(300) }, {}],
    ['a payload PostgreSQL refuses', { payload: 'poison' }, {}],
  ])('poisons no connection: %s', async (_name, bad, second) => {
    const queue = await newQueue();
    // As often as there are connections, so that none is spared.
    for (let round = 0; round < POOL_SIZE; round += 1) {
      await server.push(route, [
        { queue, payload: 1, ...bad },
        { queue, payload: 2, ...second },
      ]);
    }
    await server.drain(queue);
    const states = await statesDuring(async () => {
      const numbers = Array.from({ length: 2 * POOL_SIZE + 5 }, (_, number) => number);
      for (const number of numbers) {
        const item = { queue, payload: number, transactionId: `after ${number}` };
        expect(await server.push(route, [item])).toMatchObject([
          { status: 'queued', transaction_id: item.transactionId },
        ]);
      }
      expect((await server.drain(queue)).map(({ data }) => data)).toEqual(numbers);
    });
    expect(states).not.toContain('idle in transaction (aborted)');
  });

  test('bad items of several clients in a busy stream take no other client with them', async () => {
    const queue = await newQueue();
    const kinds = [{ payload: 'poison' }, { traceId: 'no' }, { transactionId: 'x'.repeat(256) }, { partition: '\0' }];
    const good = new Set<string>();
    const client = async (number: number): Promise<void> => {
      for (let round = 0; round < 12; round += 1) {
        if (number % 4 === 0) {
          const items = [{ queue, payload: 'bad', ...kinds[(number / 4 + round) % kinds.length] }];
          expect(statuses(await server.push(route, items))).toEqual(['failed']);
          continue;
        }
        const items = [1, 2].map((part) => ({
          queue,
          partition: `p${number % 3}`,
          payload: [number, round, part],
          transactionId: `${number}/${round}/${part}`,
        }));
        expect(statuses(await server.push(route, items))).toEqual(['queued', 'queued']);
        for (const { transactionId } of items) good.add(transactionId);
      }
    };
    await Promise.all(Array.from({ length: 32 }, (_, number) => client(number)));
    const delivered = (await server.drain(queue)).map(({ transactionId }) => transactionId);
    expect(delivered.sort()).toEqual([...good].sort());
  });
});

test('of one batch that PostgreSQL refuses a part of, the rest is queued', async () => {
  const queue = await newQueue();
  const items = Array.from({ length: 50 }, (_, number) => ({ queue, payload: number % 17 === 5 ? 'poison' : number }));
  const reply = await server.push('/api/v1/push', items);
  expect(statuses(reply)).toEqual(items.map(({ payload }) => (payload === 'poison' ? 'failed' : 'queued')));
  expect(await server.drain(queue)).toHaveLength(47);
});

test('a transaction that PostgreSQL refuses is rolled back, and its connection serves on', async () => {
  const queue = await newQueue();
  for (let round = 0; round < POOL_SIZE; round += 1) {
    const items = [
      { queue, data: 'good' },
      { queue, data: 'poison' },
    ];
    const reply = await server.post('/api/v1/transaction', { operations: [{ type: 'push', items }] });
    expect(reply).toMatchObject({ status: 400, body: { success: false, error: expect.any(String) } });
    expect(await server.push('/api/v1/push', [{ queue, payload: round }])).toMatchObject([{ status: 'queued' }]);
  }
  for (const { state } of await database.sessions()) expect(state).toBe('idle');
  expect(await server.drain(queue)).toHaveLength(POOL_SIZE);
});
