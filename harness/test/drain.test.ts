import { beforeEach, describe, expect, test } from 'vitest';
import { deliveriesOf } from '../history/deliveries-of.ts';
import { Ledger } from '../history/ledger.ts';
import { payloadFormat } from '../load/payload.ts';
import { type DrainOrder, drainQueue } from '../target/drain.ts';
import { partitionName } from '../target/wire.ts';
import { type Reaction, startFakeQueueServer } from './fake-queue-server.ts';

const PARTITIONS = 6;
const PER_PARTITION = 40;
const PAYLOAD_BYTES = 80;

interface Wire {
  readonly id: string;
  readonly transactionId: string;
  readonly partition: string;
  readonly data: unknown;
}

/** Messages 0…239, ten a request, requests to the partitions in turn; and what an honest server holds of them. */
let ledger: Ledger;
let stored: Map<string, Wire[]>;

beforeEach(() => {
  ledger = new Ledger('r1');
  stored = new Map();
  const payload = payloadFormat('r1', PAYLOAD_BYTES);
  for (let request = 0; request < (PARTITIONS * PER_PARTITION) / 10; request += 1) {
    const partition = request % PARTITIONS;
    ledger.open({ producer: 0, partition, messages: 10, invokedUs: request });
    for (let number = request * 10; number < request * 10 + 10; number += 1) {
      const message = wire(`r1-${number}`, `p${partition}`, JSON.parse(payload.encode(number)));
      stored.set(message.partition, [...(stored.get(message.partition) ?? []), message]);
    }
  }
});

function wire(transactionId: string, partition: string, data: unknown): Wire {
  return { id: '01a20679-6f42-7001-a385-8649ba840ae9', transactionId, partition, data };
}

/** Takes from the store at most seven messages a pop. */
function popStored(path: string, empty: Reaction): Reaction {
  const partition = /\/api\/v1\/pop\/queue\/the%20queue\/partition\/(p\d+)\?batch=\d+&autoAck=true$/.exec(path)?.[1];
  if (partition === undefined) return { status: 404 };
  const messages = stored.get(partition)?.splice(0, 7) ?? [];
  return messages.length === 0 ? empty : { body: { messages, more: 'fields' } };
}

async function drain(pop: (path: string) => Reaction, order: Partial<DrainOrder> = {}) {
  await using server = await startFakeQueueServer({ pop });
  const consumption = await drainQueue({
    baseUrl: server.baseUrl,
    runId: 'r1',
    queue: 'the queue',
    load: { partitions: PARTITIONS, payloadBytes: PAYLOAD_BYTES },
    drain: { consumers: 4, batch: 2000 },
    signal: new AbortController().signal,
    deadlineMs: 10_000,
    onProgress: () => undefined,
    ...order,
  });
  return { ...deliveriesOf(consumption, ledger, partitionName), malformed: consumption.malformed, consumption };
}

const NOTHING = { count: 0, examples: [] };

describe('an honest server', () => {
  test.each<[string, Reaction]>([
    ['204', { status: 204 }],
    ['an empty body', { body: '' }],
    ['null', { body: 'null' }],
    ['an empty list', { body: { messages: [] } }],
  ])('delivers everything once and in order, and says "empty" by %s', async (_, empty) => {
    const reports: number[] = [];
    const deliveries = await drain((path) => popStored(path, empty), { onProgress: (sum) => reports.push(sum) });
    expect(deliveries).toMatchObject({ delivered: 240, complete: true });
    expect(deliveries).toMatchObject({ unexpected: NOTHING, altered: NOTHING, misrouted: NOTHING });
    expect(new Set(deliveries.countByMessage)).toEqual(new Set([1]));
    // Message 65 is the sixth of the second request to partition 0.
    expect([0, 9, 60, 65, 239].map((message) => deliveries.positionByMessage[message])).toEqual([1, 10, 11, 16, 40]);
    expect(reports.at(-1)).toBe(240);
  });

  test('one empty answer is not yet the end', async () => {
    const asked = new Set<string>();
    const deliveries = await drain((path) => {
      if (asked.has(path)) return popStored(path, { status: 204 });
      asked.add(path);
      return { status: 204 };
    });
    expect([asked.size, deliveries.delivered]).toEqual([PARTITIONS, 240]);
  });
});

test('every kind of lie is told apart and shown', async () => {
  const [first, second, third, fourth] = stored.get('p2') as [Wire, Wire, Wire, Wire];
  stored.set('p2', [
    second,
    first,
    { ...third, data: { ...(third.data as object), n: 1 } },
    fourth,
    fourth,
    wire('r1-240', 'p2', fourth.data),
    wire('other-3', 'p2', fourth.data),
    { ...wire('', 'p2', null), transactionId: undefined } as unknown as Wire,
    ...(stored.get('p3') ?? []).slice(0, 1),
    ...(stored.get('p2') ?? []).slice(5),
  ]);
  stored.get('p3')?.shift();
  const deliveries = await drain((path) => popStored(path, { status: 204 }));
  expect(deliveries.complete).toBe(true);
  expect(deliveries.delivered).toBe(243);
  // Messages 20…23 are the first of partition 2, message 24 was dropped, message 30 is the first of partition 3.
  expect([20, 21, 22, 23, 24, 30].map((message) => deliveries.countByMessage[message])).toEqual([1, 1, 1, 2, 0, 1]);
  expect([20, 21, 22, 23, 24].map((message) => deliveries.positionByMessage[message])).toEqual([2, 1, 3, 4, 0]);
  expect(deliveries.unexpected.count).toBe(3);
  expect(deliveries.unexpected.examples.join('\n')).toMatch(
    /"other-3"[\s\S]*nothing from partition "p2"[\s\S]*r1-240 was never sent/,
  );
  // That of r1-240 is another's.
  expect(deliveries.altered).toMatchObject({ count: 2 });
  expect(deliveries.altered.examples[0]).toContain('r1-22 came with payload {"r":"r1","n":1,');
  expect(deliveries.misrouted).toEqual({
    count: 1,
    examples: ['r1-30, pushed to p3, was delivered from p2'],
  });
  expect(deliveries.malformed).toMatchObject({
    count: 1,
    examples: ['a pop of partition 2 brought a message of "p3"'],
  });
});

test('counts saturate instead of starting again', async () => {
  const [message] = stored.get('p0') as [Wire];
  stored.set(
    'p0',
    Array.from({ length: 600 }, () => message),
  );
  const deliveries = await drain((path) => popStored(path, { status: 204 }));
  expect([deliveries.countByMessage[0], deliveries.delivered]).toEqual([255, 600 + 200]);
});

test('out of time: what came is kept, and the drain is not complete', async () => {
  const deliveries = await drain((path) => (path.includes('/p4?') ? 'never' : popStored(path, { status: 204 })), {
    deadlineMs: 300,
  });
  expect(deliveries).toMatchObject({ complete: false, delivered: 200 });
});

test('a pop that fails ends the drain: its messages may be gone', async () => {
  const failing = (reaction: Reaction) => drain((path) => (path.includes('/p5?') ? reaction : popStored(path, {})));
  await expect(failing({ status: 500, body: { error: 'sorry' } })).rejects.toThrow(
    /p5.* HTTP 500: \{"error":"sorry"\}/,
  );
  await expect(failing({ body: '<html>' })).rejects.toThrow('a pop was answered with "<html>"');
  await expect(failing('rst')).rejects.toThrow('ECONNRESET');
});

test('abort ends the drain with its own reason', async () => {
  const reason = new Error('told to stop');
  const abort = new AbortController();
  const draining = drain(() => 'never', { signal: abort.signal });
  setTimeout(() => abort.abort(reason), 50);
  await expect(draining).rejects.toBe(reason);
});
