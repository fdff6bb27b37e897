import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { useTestDatabase } from './test-database.ts';
import { popPath, TestServer, untilBlocked } from './test-server.ts';

// Whoever sees a message sees everything that will ever stand before it: a consumer's position may pass nothing that
// becomes visible later, however the transactions of the producers overlap.

const database = useTestDatabase('end');
const ROUTES = ['/api/v1/push', '/api/v1/push-legacy'] as const;
let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start(database);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

describe.each(ROUTES)('a transaction of %s that took its place and commits late', (slowRoute) => {
  test.each(ROUTES)('is not overtaken by a push on %s', async (fastRoute) => {
    const queue = `${slowRoute} ${fastRoute}`;
    await server.configure(queue);
    // Somebody else is about to store the same id: the push waits for the outcome with its numbers already taken.
    await using side = await database.openSession();
    await side.client.query('begin');
    await side.client.query(
      `insert into queen.messages (partition_id, seq, id, transaction_id, created_at, payload)
       select p.id, 1000000, gen_random_uuid(), 'slow', now(), 'null'
       from queen.partitions p join queen.queues q on q.id = p.queue_id where q.name = $1 and p.name = 'Default'`,
      [queue],
    );
    const workers = [await server.connectTo(1), await server.connectTo(2)] as const;
    const slow = workers[0].post(slowRoute, { items: [{ queue, payload: 'slow', transactionId: 'slow' }] });
    await untilBlocked(database, 1);
    const fast = workers[1].post(fastRoute, { items: [{ queue, payload: 'fast', transactionId: 'fast' }] });
    // Either the fast one waits, or it is stored; in the second case nothing may be delivered that would leave the slow
    // one behind. This server makes it wait.
    await untilBlocked(database, 2);
    expect(await server.get(popPath(queue))).toMatchObject({ status: 204 });
    await side.client.query('rollback');
    for (const reply of await Promise.all([slow, fast]))
      expect(reply).toMatchObject({ status: 201, body: [{ status: 'queued' }] });
    expect((await server.drain(queue)).map(({ data }) => data)).toEqual(['slow', 'fast']);
    for (const worker of workers) await worker[Symbol.asyncDispose]();
  });
});

test('a consumer that keeps up gets everything once and in order while transactions large and small overlap', async () => {
  const queue = 'overlap';
  await server.configure(queue);
  const queued: string[] = [];
  const delivered: string[] = [];
  let producing = true;
  let idlePops = 0;

  const produce = async (producer: string, route: string, batch: number, until: number): Promise<void> => {
    for (let number = 0; performance.now() < until; ) {
      const items = Array.from({ length: batch }, () => {
        const transactionId = `${producer}/${number++}`;
        return { queue, transactionId, payload: 'x'.repeat(300) };
      });
      for (const item of await server.push(route, items)) {
        expect(item.status).toBe('queued');
        queued.push(item.transaction_id);
      }
    }
  };
  const consume = async (): Promise<void> => {
    for (;;) {
      const stopAfterThis = !producing;
      const reply = await server.get(popPath(queue, 'Default', 10_000));
      if (reply.status === 204) {
        idlePops += 1;
        if (stopAfterThis) return;
      } else {
        for (const { transactionId } of reply.body.messages) delivered.push(transactionId);
      }
    }
  };

  const consuming = consume();
  const until = performance.now() + 3_000;
  await Promise.all([
    ...ROUTES.map((route, index) => produce(`large${index}`, route, 2000, until)),
    ...ROUTES.flatMap((route, index) => [1, 2, 3].map((number) => produce(`small${index}${number}`, route, 1, until))),
  ]);
  producing = false;
  await consuming;

  // It was at the front all the time, or nothing was tested.
  expect(idlePops).toBeGreaterThan(1);
  expect(delivered.length).toBe(new Set(delivered).size);
  expect(new Set(delivered)).toEqual(new Set(queued));
  const last = new Map<string, number>();
  for (const transactionId of delivered) {
    const [producer = '', number = ''] = transactionId.split('/');
    expect(Number(number)).toBe((last.get(producer) ?? -1) + 1);
    last.set(producer, Number(number));
  }
  expect([...last.keys()].filter((producer) => producer.startsWith('large'))).toHaveLength(2);
});
