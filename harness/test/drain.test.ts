import { beforeEach, describe, expect, test } from 'vitest';
import { STRANGER } from '../history/consumer-history.ts';
import type { Consumption } from '../history/evidence.ts';
import { payloadFormat } from '../load/payload.ts';
import { type DrainOrder, drainQueue } from '../target/drain.ts';
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

/** What an honest server holds of messages 0…239, ten a request, requests to the partitions in turn. */
let stored: Map<string, Wire[]>;

beforeEach(() => {
  stored = new Map();
  const payload = payloadFormat('r1', PAYLOAD_BYTES);
  for (let request = 0; request < (PARTITIONS * PER_PARTITION) / 10; request += 1) {
    const partition = request % PARTITIONS;
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
  return await drainQueue({
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
}

/** The messages that came from a partition, in the order of the replies. */
function receivedFrom({ history }: Consumption, partition: number): readonly number[] {
  const deliveries = Array.from({ length: history.deliveries }, (_, delivery) => delivery);
  return deliveries
    .filter((delivery) => history.partition(delivery) === partition)
    .map((delivery) => history.message(delivery));
}

/** Those that were pushed to a partition. */
function pushedTo(partition: number): readonly number[] {
  const first = Array.from({ length: PER_PARTITION / 10 }, (_, nth) => (nth * PARTITIONS + partition) * 10);
  return first.flatMap((message) => Array.from({ length: 10 }, (_, nth) => message + nth));
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
    const consumption = await drain((path) => popStored(path, empty), { onProgress: (sum) => reports.push(sum) });
    expect(consumption).toMatchObject({ drained: [true], unexpected: NOTHING, altered: NOTHING, malformed: NOTHING });
    for (let partition = 0; partition < PARTITIONS; partition += 1) {
      expect(receivedFrom(consumption, partition)).toEqual(pushedTo(partition));
    }
    expect(reports.at(-1)).toBe(240);
  });

  test('one empty answer is not yet the end', async () => {
    const asked = new Set<string>();
    const { history } = await drain((path) => {
      if (asked.has(path)) return popStored(path, { status: 204 });
      asked.add(path);
      return { status: 204 };
    });
    expect([asked.size, history.deliveries]).toEqual([PARTITIONS, 240]);
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
  const consumption = await drain((path) => popStored(path, { status: 204 }));
  expect(consumption.drained).toEqual([true]);
  expect(consumption.history.deliveries).toBe(243);
  // Messages 20…23 are the first of partition 2, message 24 was dropped, message 30 is the first of partition 3.
  const received = receivedFrom(consumption, 2);
  expect(received.slice(0, 9)).toEqual([21, 20, 22, 23, 23, 240, STRANGER, STRANGER, 30]);
  expect(received.slice(9)).toEqual(pushedTo(2).slice(5));
  expect(consumption.unexpected.count).toBe(2);
  expect(consumption.unexpected.examples.join('\n')).toMatch(/"other-3"[\s\S]*nothing from partition "p2"/);
  // That of r1-240 is another's.
  expect(consumption.altered).toMatchObject({ count: 2 });
  expect(consumption.altered.examples[0]).toContain('r1-22 came with payload {"r":"r1","n":1,');
  expect(consumption.malformed).toMatchObject({
    count: 1,
    examples: ['a pop of partition 2 brought a message of "p3"'],
  });
});

test('out of time: what came is kept, and the drain is not complete', async () => {
  const { history, drained } = await drain(
    (path) => (path.includes('/p4?') ? 'never' : popStored(path, { status: 204 })),
    {
      deadlineMs: 300,
    },
  );
  expect(drained).toEqual([expect.stringContaining('given up')]);
  expect(history.deliveries).toBe(200);
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
