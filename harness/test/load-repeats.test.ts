import { describe, expect, test, vi } from 'vitest';
import { ITEM_OUTCOMES, type ItemOutcome } from '../history/item-outcome.ts';
import type { Ledger } from '../history/ledger.ts';
import { runClosedLoop } from '../load/closed-loop.ts';
import type { LoadOrder } from '../load/load-outcome.ts';
import { runLoad } from '../load/run-load.ts';
import { armLoad, loadOrder } from './arm-load.ts';
import { type PushedItem, type Reaction, startFakeQueueServer } from './fake-queue-server.ts';

const BATCH = 5;

type Change = Partial<LoadOrder> & { readonly arm?: Partial<LoadOrder['load']> };

function order(baseUrl: string, { arm, ...change }: Change = {}): LoadOrder {
  const load = armLoad({ batch: BATCH, payloadBytes: 80, ...arm });
  return loadOrder({ baseUrl, load, graceMs: 2_000, ...change });
}

/** An honest queue as far as a producer can tell: an id it knows is a duplicate. */
class Deduplicating {
  readonly #ids = new Map<string, string>();
  readonly paths: string[] = [];

  push(items: readonly PushedItem[], path: string): Reaction {
    this.paths.push(path);
    return { status: 201, body: items.map((item) => this.#store(item)) };
  }

  #store({ transactionId, traceId }: PushedItem) {
    const isBad = traceId !== undefined || transactionId.length > 255 || transactionId.includes('\0');
    if (isBad) return { status: 'failed', transaction_id: transactionId, error: 'bad' };
    const known = this.#ids.get(transactionId);
    if (known !== undefined) return { status: 'duplicate', transaction_id: transactionId, message_id: known };
    const id = crypto.randomUUID();
    this.#ids.set(transactionId, id);
    return { status: 'queued', transaction_id: transactionId, message_id: id };
  }
}

function outcomesOf(ledger: Ledger): readonly ItemOutcome[] {
  const all = Array.from({ length: ledger.messages }, (_, message) => message);
  return [...new Set(all.map((message) => ITEM_OUTCOMES[ledger.outcomeCode(message)] ?? 'pending'))].sort();
}

describe('repeats', () => {
  test('go at every moment and through both routes, with the same ids, and are recorded apart', async () => {
    const queue = new Deduplicating();
    await using server = await startFakeQueueServer({ push: (items, _, path) => queue.push(items, path) });
    const { ledger, repeats, errors } = await runLoad(
      order(server.baseUrl, {
        arm: { repeat: 0.5, durationMs: 3_000, bulk: { producers: 1, batch: 1, pauseMs: 20 }, connections: 1 },
      }),
      () => undefined,
      AbortSignal.timeout(20_000),
    );
    expect(errors).toEqual([]);
    const count = repeats.ledger.requests;
    expect(count).toBeGreaterThan(20);
    expect(queue.paths).toHaveLength(ledger.requests + count);
    const all = Array.from({ length: count }, (_, repeat) => repeat);
    const isLater = (repeat: number) => {
      const waitUs = repeats.ledger.invokedUs(repeat) - ledger.completedUs(repeats.original(repeat));
      return waitUs > 900_000 ? 'later' : waitUs >= 0 ? 'after' : 'beside';
    };
    const seen = new Set(all.map((repeat) => `${isLater(repeat)} ${repeats.isLegacy(repeat)}`));
    expect([...seen].sort()).toEqual([
      ...['after false', 'after true', 'beside false', 'beside true', 'later false', 'later true'],
    ]);
    expect(all.filter((repeat) => repeats.isLegacy(repeat)).length).toBe(
      queue.paths.filter((path) => path === '/api/v1/push-legacy').length,
    );
    // Of each message exactly one of the two answers is `queued`.
    for (const repeat of all) {
      const original = repeats.original(repeat);
      const pair = [
        repeats.ledger.outcomeCode(repeats.ledger.firstMessage(repeat)),
        ledger.outcomeCode(ledger.firstMessage(original)),
      ];
      expect(pair.map((code) => ITEM_OUTCOMES[code]).sort()).toEqual(['duplicate', 'queued']);
      expect(repeats.ledger.partition(repeat)).toBe(ledger.partition(original));
    }
  });

  test('take the same route when the server has no other', async () => {
    const queue = new Deduplicating();
    await using server = await startFakeQueueServer({ push: (items, _, path) => queue.push(items, path) });
    const { repeats } = await runClosedLoop(
      order(server.baseUrl, { hasBothRoutes: false, arm: { repeat: 1, messages: 200 } }),
      () => undefined,
    );
    expect(new Set(queue.paths)).toEqual(new Set(['/api/v1/push']));
    // In a load of so many messages every repeat is made, those for later at its end.
    expect(repeats.ledger.messages).toBe(200);
    expect(outcomesOf(repeats.ledger)).not.toContain('pending');
  });

  test.each<[string, Reaction]>([
    ['a cut connection', 'rst'],
    ['an HTTP 503', { status: 503, body: { error: 'down' } }],
  ])('are made of every request whose outcome nobody knows: %s', async (_, lie) => {
    const queue = new Deduplicating();
    let lies = 0;
    await using server = await startFakeQueueServer({
      push: (items, count, path) => {
        const answer = queue.push(items, path);
        if (count % 10 !== 0) return answer;
        lies += 1;
        return lie;
      },
    });
    const { ledger, repeats, measuredToUs } = await runClosedLoop(
      order(server.baseUrl, {
        arm: { repeat: 1e-9, durationMs: 2_500, connections: 1, bulk: { producers: 1, batch: 1, pauseMs: 10 } },
      }),
      () => undefined,
    );
    // What is answered after the end of the load is nobody's to repeat.
    const unknown = Array.from({ length: ledger.requests }, (_, request) => request)
      .filter((request) => ledger.completedUs(request) < measuredToUs)
      .filter((request) => ITEM_OUTCOMES[ledger.outcomeCode(ledger.firstMessage(request))] === 'indeterminate');
    expect(lies).toBeGreaterThan(5);
    const repeated = new Set(Array.from({ length: repeats.ledger.requests }, (_, repeat) => repeats.original(repeat)));
    expect([...repeated].sort()).toEqual(unknown.sort());
    expect(outcomesOf(repeats.ledger)).toContain('duplicate');
  });
});

describe('bad items', () => {
  test('go along with a share of the requests, are refused, and have no number', async () => {
    const queue = new Deduplicating();
    await using server = await startFakeQueueServer({ push: (items, _, path) => queue.push(items, path) });
    const { ledger, badItems, errors } = await runClosedLoop(
      order(server.baseUrl, { arm: { poison: 0.5, messages: 1_000 } }),
      () => undefined,
    );
    expect(badItems.sent).toBeGreaterThan(60);
    expect(badItems).toMatchObject({ refused: badItems.sent, accepted: { count: 0 }, malformed: { count: 0 } });
    expect([ledger.messages, outcomesOf(ledger), errors]).toEqual([1_000, ['queued'], []]);
  });

  test('are seen when a server takes them', async () => {
    await using server = await startFakeQueueServer({});
    const { ledger, badItems } = await runClosedLoop(
      order(server.baseUrl, { arm: { poison: 1, messages: 100 } }),
      () => undefined,
    );
    expect(badItems).toMatchObject({ sent: 20, refused: 0, accepted: { count: 20 } });
    expect(outcomesOf(ledger)).toEqual(['queued']);
  });
});

test('bulk producers send larger requests under numbers of their own, with their pause', async () => {
  const queue = new Deduplicating();
  await using server = await startFakeQueueServer({ push: (items, _, path) => queue.push(items, path) });
  const { ledger } = await runClosedLoop(
    order(server.baseUrl, {
      arm: { connections: 2, durationMs: 600, bulk: { producers: 2, batch: 50, pauseMs: 100 } },
    }),
    () => undefined,
  );
  const requests = Array.from({ length: ledger.requests }, (_, request) => request);
  const sizes = new Map([0, 1, 2, 3].map((producer) => [producer, new Set<number>()]));
  for (const request of requests) {
    sizes.get(ledger.producer(request))?.add(ledger.firstMessage(request + 1) - ledger.firstMessage(request));
  }
  expect([...sizes.values()].map((set) => [...set])).toEqual([[BATCH], [BATCH], [50], [50]]);
  const ofBulk = requests.filter((request) => ledger.producer(request) === 2);
  expect(ofBulk.length).toBeGreaterThan(1);
  for (const [index, request] of ofBulk.slice(1).entries()) {
    expect(ledger.invokedUs(request) - ledger.completedUs(ofBulk[index] ?? 0)).toBeGreaterThan(95_000);
  }
});

test('a number of messages is sent exactly, bulk producers or not', async () => {
  const queue = new Deduplicating();
  await using server = await startFakeQueueServer({ push: (items, _, path) => queue.push(items, path) });
  const arm = { connections: 3, messages: 237, bulk: { producers: 2, batch: 50, pauseMs: 5 } };
  const { ledger } = await runClosedLoop(order(server.baseUrl, { arm }), () => undefined);
  expect([ledger.messages, outcomesOf(ledger)]).toEqual([237, ['queued']]);
});

test('a persistent load outlives a server that is gone, and slows down while it is answered HTTP 503', async () => {
  const queue = new Deduplicating();
  let isDown = false;
  let refused = 0;
  const push = (items: readonly PushedItem[], _: number, path: string): Reaction => {
    if (!isDown) return queue.push(items, path);
    refused += 1;
    return { status: 503, body: { error: 'down' } };
  };
  const first = await startFakeQueueServer({ push });
  const port = Number(new URL(first.baseUrl).port);
  const arm = { connections: 2, messages: 2_000, repeat: 0.1 };
  const loading = runClosedLoop(order(first.baseUrl, { persistent: true, graceMs: 30_000, arm }), () => undefined);
  await first[Symbol.asyncDispose]();
  // Longer than a load lasts that gives up.
  await new Promise((resolve) => setTimeout(resolve, 4_000));
  isDown = true;
  await using _again = await startFakeQueueServer({ push, port });
  await vi.waitFor(() => expect(refused).toBeGreaterThan(10), 20_000);
  isDown = false;
  const { ledger, errors } = await loading;
  expect(errors.map((entry) => entry.class)).toEqual(expect.arrayContaining(['connect ECONNREFUSED', 'http 503']));
  expect(errors.some((entry) => entry.class.startsWith('load given up'))).toBe(false);
  // Without pauses it would be thousands.
  expect(refused).toBeLessThan(100);
  expect(ITEM_OUTCOMES[ledger.outcomeCode(ledger.messages - 1)]).toBe('queued');
});
