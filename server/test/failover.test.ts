import { describe, expect, test, vi } from 'vitest';
import { SOON, useTestDatabase } from './test-database.ts';
import { type PushedItem, TestServer } from './test-server.ts';

const database = useTestDatabase('each');
const ROUTES = ['/api/v1/push', '/api/v1/push-legacy'] as const;
/** Bound on the way back from an outage. */
const BACK = Object.freeze({ timeout: 20_000, interval: 20 });

let queues = 0;

async function newQueue(server: TestServer, options: object = {}): Promise<string> {
  queues += 1;
  await server.configure(`f${queues}`, options);
  return `f${queues}`;
}

async function pending(server: TestServer): Promise<number> {
  return (await server.get('/api/v1/status/buffers')).body.pending;
}

async function untilDrained(server: TestServer): Promise<void> {
  await vi.waitFor(async () => expect(await pending(server)).toBe(0), BACK);
}

function statusesOf(results: readonly PushedItem[]): readonly string[] {
  return results.map(({ status }) => status);
}

describe.each(ROUTES)('an outage on %s', (route) => {
  test('a short one: nothing is lost, nothing is twice, and the ids are those of the reply', async () => {
    await using server = await TestServer.start(database);
    const queue = await newQueue(server);
    await server.push(route, [{ queue, payload: 0 }]);
    const away = await database.takeAway();
    const results: PushedItem[] = [];
    for (const payload of [1, 2, 3, 4, 5]) results.push(...(await server.push(route, [{ queue, payload }])));
    expect(statusesOf(results)).toEqual(Array(5).fill('buffered'));
    expect(await pending(server)).toBe(5);
    await away[Symbol.asyncDispose]();
    await untilDrained(server);
    const messages = await server.drain(queue);
    expect(messages.map(({ data }) => data)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(messages.slice(1).map(({ transactionId }) => transactionId)).toEqual(
      results.map(({ transaction_id }) => transaction_id),
    );
    await vi.waitFor(
      async () => expect(statusesOf(await server.push(route, [{ queue, payload: 6 }]))).toEqual(['queued']),
      SOON,
    );
  });

  test('one id twice, also in one request, is one message, and those around it are there', async () => {
    await using server = await TestServer.start(database);
    const queue = await newQueue(server);
    const away = await database.takeAway();
    const names = ['a', 'b', 'c', 'a'];
    const items = names.map((transactionId) => ({ queue, transactionId, payload: transactionId }));
    expect(statusesOf(await server.push(route, items))).toEqual(Array(4).fill('buffered'));
    expect(statusesOf(await server.push(route, items.slice(0, 1)))).toEqual(['buffered']);
    await away[Symbol.asyncDispose]();
    await untilDrained(server);
    expect((await server.drain(queue)).map(({ data }) => data)).toEqual(['a', 'b', 'c']);
    expect((await server.get('/api/v1/status/buffers')).body).toMatchObject({ pending: 0, failed: 0, dbHealthy: true });
  });

  test('a queue nobody knows is refused, with the reason', async () => {
    await using server = await TestServer.start(database);
    const queue = await newQueue(server);
    await using _away = await database.takeAway();
    expect(statusesOf(await server.push(route, [{ queue, payload: 1 }]))).toEqual(['buffered']);
    const [result] = await server.push(route, [{ queue: 'never made', payload: 1, transactionId: 't' }]);
    expect(result).toMatchObject({
      status: 'failed',
      transaction_id: 't',
      error: expect.stringContaining('never made'),
    });
  });

  test('producers in order keep their order from direct over buffered to direct', async () => {
    await using server = await TestServer.start(database);
    const queue = await newQueue(server);
    const connections = await Promise.all([1, 2, 1, 2].map((worker) => server.connectTo(worker)));
    let stop = false;
    const statuses = new Map<string, number>();
    /** Pushes one after the other, each over the next connection, so that both workers see every producer. */
    const produce = async (producer: number): Promise<number> => {
      let sequence = 0;
      for (; !stop; sequence += 1) {
        const items = [{ queue, partition: `p${producer % 3}`, payload: { producer, sequence } }];
        const reply = await connections[(producer + sequence) % connections.length]?.post(route, { items });
        expect(reply).toMatchObject({ status: 201 });
        const status: string = reply?.body[0].status;
        expect(['queued', 'buffered']).toContain(status);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
      return sequence;
    };
    const producing = Promise.all(Array.from({ length: 6 }, (_, producer) => produce(producer)));
    for (let round = 0; round < 2; round += 1) {
      const [queued, buffered] = [statuses.get('queued') ?? 0, statuses.get('buffered') ?? 0];
      await vi.waitFor(() => expect(statuses.get('queued') ?? 0).toBeGreaterThan(queued + 30), BACK);
      const away = await database.takeAway();
      await vi.waitFor(() => expect(statuses.get('buffered') ?? 0).toBeGreaterThan(buffered + 100), BACK);
      await away[Symbol.asyncDispose]();
    }
    const queued = statuses.get('queued') ?? 0;
    await vi.waitFor(() => expect(statuses.get('queued') ?? 0).toBeGreaterThan(queued + 30), BACK);
    stop = true;
    const sent = await producing;
    await untilDrained(server);
    const seen = sent.map((): number[] => []);
    for (const { data } of await server.drain(queue)) seen[data.producer]?.push(data.sequence);
    expect(seen).toEqual(sent.map((count) => Array.from({ length: count }, (_, sequence) => sequence)));
    for (const connection of connections) await connection[Symbol.asyncDispose]();
  });
});
