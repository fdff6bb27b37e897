import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ack, pop, type WireMessage } from './consumer.ts';
import { useTestDatabase } from './test-database.ts';
import { TestServer } from './test-server.ts';

const database = useTestDatabase('end');
let server: TestServer;

beforeAll(async () => {
  // Expired leases are to be seen before they are ended.
  server = await TestServer.start(database, { LEASE_RECLAIM_INTERVAL: '600000' });
});

afterAll(async () => {
  await server.stop();
});

/** What a test knows of a message, by group: what the replies have said. */
type Known = 'pending' | 'leased' | 'completed' | 'dead';

interface Truth {
  /** Transaction ids. */
  readonly messages: Set<string>;
  readonly groups: Map<string, Map<string, Known>>;
  /** Failed at least once and not settled. */
  readonly failed: Set<string>;
}

function stateOf({ groups }: Truth, id: string): 'pending' | 'processing' | 'completed' | 'dead_letter' {
  const states = [...groups.values()].map((group) => group.get(id) ?? 'pending');
  if (states.includes('leased')) return 'processing';
  if (states.includes('pending') || states.length === 0) return 'pending';
  return states.includes('dead') ? 'dead_letter' : 'completed';
}

function countsOf(truth: Truth): Record<string, number> {
  const states = [...truth.messages].map((id) => stateOf(truth, id));
  const count = (state: string): number => states.filter((other) => other === state).length;
  return {
    total: truth.messages.size,
    pending: count('pending'),
    processing: count('processing'),
    completed: count('completed'),
    failed: [...truth.failed].filter((id) => stateOf(truth, id) === 'pending').length,
    deadLetter: count('dead_letter'),
  };
}

async function body(path: string) {
  const reply = await server.get(path);
  expect([path, reply.status, reply.text]).toEqual([path, 200, expect.any(String)]);
  return reply.body;
}

/** Every place that tells of a queue's messages, compared with what is known. */
async function expectTruth(queue: string, truth: Truth): Promise<void> {
  const counts = countsOf(truth);
  const { total, pending, processing } = counts;
  expect((await body(`/api/v1/resources/queues/${queue}`)).totals).toEqual(counts);
  expect((await body(`/api/v1/status/queues/${queue}`)).totals.messages).toEqual(counts);
  expect((await body(`/api/v1/status?queue=${queue}`)).messages).toEqual(counts);
  expect((await body(`/api/v1/status/queues?queue=${queue}`)).queues[0].messages).toEqual(counts);
  expect((await body(`/api/v1/status/analytics?queue=${queue}`)).queueDepths.current).toEqual({ pending, processing });
  const listed = (await body('/api/v1/resources/queues')).queues.find(({ name }: { name: string }) => name === queue);
  expect(listed.messages).toEqual({ total, pending, processing });
  const { messages } = await body(`/api/v1/messages?queue=${queue}&limit=1000`);
  const shown = Object.fromEntries(
    messages.map((m: { transactionId: string; status: string }) => [m.transactionId, m.status]),
  );
  expect(shown).toEqual(Object.fromEntries([...truth.messages].map((id) => [id, stateOf(truth, id)])));
  for (const state of ['pending', 'processing', 'completed', 'dead_letter', 'failed'] as const) {
    const chosen = await body(`/api/v1/status/queues/${queue}/messages?status=${state}&limit=1000`);
    const expected = counts[state === 'dead_letter' ? 'deadLetter' : state];
    expect([state, chosen.messages.length, chosen.pagination.total]).toEqual([state, expected, expected]);
  }
}

/** Mulberry32: the tests must be the same every time. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe('counters are the truth (not what a cache once counted)', () => {
  test.each([1, 2, 3])(
    'after random pushes, pops, acks, failures and deletions by several groups, seed %i',
    async (seed) => {
      const next = random(seed);
      const queue = `truth-${seed}`;
      const partitions = ['a', 'b'];
      await server.configure(queue, { retryLimit: 1 });
      const truth: Truth = { messages: new Set(), groups: new Map(), failed: new Set() };
      const held: { group: string; message: WireMessage }[] = [];
      const groups = seed === 1 ? ['__QUEUE_MODE__'] : ['__QUEUE_MODE__', 'g1', 'g2'];
      for (let step = 0; step < 60; step += 1) {
        const dice = next();
        if (dice < 0.25) {
          const partition = partitions[Math.floor(next() * 2)];
          const items = Array.from({ length: 1 + Math.floor(next() * 4) }, (_, index) => `${step}-${index}`);
          // The repeated one uses up a number without a message.
          const transactionIds = [...items, items[0] ?? ''];
          await server.push(
            '/api/v1/push',
            transactionIds.map((transactionId) => ({ queue, partition, transactionId })),
          );
          for (const id of items) truth.messages.add(id);
        } else if (dice < 0.5) {
          const group = groups[Math.floor(next() * groups.length)] ?? '';
          const known = truth.groups.get(group) ?? new Map<string, Known>();
          const autoAck = next() < 0.2;
          const query = group === '__QUEUE_MODE__' ? {} : { consumerGroup: group };
          const messages = await pop(server, queue, { ...query, batch: 1 + Math.floor(next() * 4), autoAck });
          // A pop of an empty queue subscribes too.
          truth.groups.set(group, known);
          for (const message of messages) {
            known.set(message.transactionId, autoAck ? 'completed' : 'leased');
            if (!autoAck) held.push({ group, message });
          }
        } else if (dice < 0.9 && held.length > 0) {
          const [item] = held.splice(Math.floor(next() * held.length), 1);
          if (item === undefined) continue;
          const id = item.message.transactionId;
          const word = await ack(server, item.message, next() < 0.6 ? 'completed' : 'failed');
          if (word === 'not_found') continue;
          const known = truth.groups.get(item.group);
          known?.set(id, word === 'completed' ? 'completed' : word === 'failed_dlq' ? 'dead' : 'pending');
          if (word === 'failed_retry') truth.failed.add(id);
        } else {
          const [id] = [...truth.messages].filter(() => next() < 0.2);
          const { messages } = await body(`/api/v1/messages?queue=${queue}&limit=1000`);
          const doomed = messages.find((message: WireMessage) => message.transactionId === id);
          if (doomed === undefined) continue;
          const path = `/api/v1/messages/${doomed.partitionId}/${doomed.transactionId}`;
          expect((await server.request({ method: 'DELETE', path })).status).toBe(200);
          truth.messages.delete(doomed.transactionId);
          truth.failed.delete(doomed.transactionId);
        }
        for (const id of [...truth.failed]) {
          const open = [...truth.groups.values()].some((group) =>
            ['pending', 'leased'].includes(group.get(id) ?? 'completed'),
          );
          if (!open) truth.failed.delete(id);
        }
        if (step % 10 === 9) await expectTruth(queue, truth);
      }
      await expectTruth(queue, truth);
    },
  );

  test('an expired lease is pending again although nobody has ended it', async () => {
    await server.configure('expired');
    await server.push('/api/v1/push', [{ queue: 'expired' }, { queue: 'expired' }]);
    expect(await pop(server, 'expired', { batch: 2 })).toHaveLength(2);
    expect((await body('/api/v1/resources/queues/expired')).totals).toMatchObject({ pending: 0, processing: 2 });
    await database.admin.query(`update queen.partition_consumers set lease_expires_at = now()`);
    expect((await body('/api/v1/resources/queues/expired')).totals).toMatchObject({ pending: 2, processing: 0 });
    expect((await body('/api/v1/status')).leases.active).toBe(0);
  });

  test('a group that began with what is new has nothing to do with what was there', async () => {
    await server.configure('from-now');
    await server.push('/api/v1/push', [{ queue: 'from-now', transactionId: 'old' }]);
    expect(await pop(server, 'from-now', { consumerGroup: 'late', subscriptionMode: 'new' })).toEqual([]);
    await server.push('/api/v1/push', [
      { queue: 'from-now', transactionId: 'new' },
      { queue: 'from-now', partition: 'other', transactionId: 'elsewhere' },
    ]);
    expect((await body('/api/v1/resources/queues/from-now')).totals).toMatchObject({ pending: 2, completed: 1 });
  });
});

describe('lists are whole', () => {
  test('messages of the current second are listed too, newest first, filtered by everything', async () => {
    expect(await server.post('/api/v1/configure', { queue: 'lists', namespace: 'ns', task: 'work' })).toMatchObject({
      status: 200,
    });
    const before = new Date().toISOString();
    await server.push('/api/v1/push', [
      { queue: 'lists', partition: 'p', transactionId: '1' },
      { queue: 'lists', partition: 'p', transactionId: '2' },
      { queue: 'lists', partition: 'q', transactionId: '3' },
    ]);
    const idsOf = async (query: string): Promise<readonly string[]> => {
      const { messages } = await body(`/api/v1/messages?queue=lists&${query}`);
      return messages.map(({ transactionId }: WireMessage) => transactionId);
    };
    expect([...(await idsOf(''))].sort()).toEqual(['1', '2', '3']);
    expect(await idsOf('partition=p')).toEqual(['2', '1']);
    expect(await idsOf('partition=p&limit=1')).toEqual(['2']);
    expect(await idsOf('partition=p&limit=1&offset=1')).toEqual(['1']);
    expect(await idsOf('ns=ns&task=work&limit=3')).toHaveLength(3);
    expect(await idsOf('ns=other')).toEqual([]);
    expect(await idsOf(`to=${before.slice(0, 4)}-01-01T00:00:00Z`)).toEqual([]);
    expect(await idsOf(`from=${before}`)).toHaveLength(3);
    expect(await server.get('/api/v1/messages?status=wrong')).toMatchObject({ status: 400 });
    expect(await server.get('/api/v1/messages?limit=0')).toMatchObject({ status: 400 });
    expect(await server.get('/api/v1/messages?from=yesterday')).toMatchObject({ status: 400 });
    expect((await body('/api/v1/messages?queue=lists')).mode).toEqual({
      type: 'none',
      hasQueueMode: false,
      busGroupsCount: 0,
    });
  });
});
