import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { ITEM_OUTCOMES, type ItemOutcome, OUTCOME_CODE } from '../history/item-outcome.ts';
import type { Ledger } from '../history/ledger.ts';
import { parseTransactionId } from '../history/message-identity.ts';
import { runClosedLoop } from '../load/closed-loop.ts';
import type { LoadOrder } from '../load/load-outcome.ts';
import { summarizeRun } from '../measure/summarize-run.ts';
import { armLoad, loadOrder } from './arm-load.ts';
import { answerAll, type PushedItem, type Reaction, startFakeQueueServer } from './fake-queue-server.ts';

const BATCH = 5;
const LIE_EVERY = 50;

type LoadChange = Partial<LoadOrder['load']> & { readonly graceMs?: number };

function order(baseUrl: string, { graceMs = 2_000, ...load }: LoadChange = {}): LoadOrder {
  const small = { batch: BATCH, payloadBytes: 80, warmUpMs: 50, durationMs: 300 };
  return loadOrder({ baseUrl, load: armLoad({ ...small, ...load }), graceMs });
}

/** Loads a server that does `lie` to every 50th request; returns what became of the messages it was done to. */
async function loadLiar(lie: (items: readonly PushedItem[]) => Reaction, load: LoadChange = {}) {
  const liedTo = new Set<number>();
  await using server = await startFakeQueueServer({
    push: (items, count) => {
      if (count % LIE_EVERY !== 0) return { body: answerAll(items) };
      for (const item of items) liedTo.add(parseTransactionId('r1', item.transactionId) ?? -1);
      return lie(items);
    },
  });
  const outcome = await runClosedLoop(order(server.baseUrl, { ...load, messages: 2_000 }), () => undefined);
  const { ledger } = outcome;
  expect([liedTo.size > 0, liedTo.has(-1)]).toEqual([true, false]);
  const outcomesOf = (messages: readonly number[]) => [
    ...new Set(messages.map((message) => outcomeOf(ledger, message))),
  ];
  const all = Array.from({ length: ledger.messages }, (_, message) => message);
  return {
    ledger,
    errors: outcome.errors,
    errorTrace: outcome.errorTrace,
    lies: liedTo.size / BATCH,
    liedTo: outcomesOf(all.filter((message) => liedTo.has(message))),
    others: outcomesOf(all.filter((message) => !liedTo.has(message))),
  };
}

function outcomeOf(ledger: Ledger, message: number): ItemOutcome {
  return ITEM_OUTCOMES[ledger.outcomeCode(message)] ?? 'pending';
}

test('a whole load: warm-up, window, clean end, equal shares for all partitions', async () => {
  const pushed: PushedItem[] = [];
  await using server = await startFakeQueueServer({
    push: (items) => {
      pushed.push(...items);
      return { body: answerAll(items) };
    },
  });
  const progress: unknown[] = [];
  const outcome = await runClosedLoop(order(server.baseUrl, { durationMs: 600 }), (report) => progress.push(report));
  const { ledger } = outcome;
  expect(outcome.errors).toEqual([]);
  // Every message that was sent arrived once, under its own id, and was answered; no open request was cut at the end.
  expect(pushed.map((item) => item.transactionId).sort()).toEqual(
    Array.from({ length: ledger.messages }, (_, message) => `r1-${message}`).sort(),
  );
  const outcomes = new Set(Array.from({ length: ledger.messages }, (_, message) => outcomeOf(ledger, message)));
  expect([...outcomes]).toEqual(['queued']);
  const shares = Map.groupBy(pushed, (item) => item.partition);
  const sizes = [...shares.values()].map((items) => items.length / BATCH);
  expect([...shares.keys()].sort()).toEqual(['p0', 'p1', 'p2']);
  expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(4);
  // Batches stay whole, consecutive and in one partition.
  expect(pushed.every((item, index) => item.partition === pushed[index - (index % BATCH)]?.partition)).toBe(true);

  expect(outcome.measuredToUs - outcome.measuredFromUs).toBeGreaterThan(590_000);
  expect(outcome.measuredToUs - outcome.measuredFromUs).toBeLessThan(900_000);
  expect(outcome.measuredFromUs - ledger.invokedUs(0)).toBeGreaterThan(40_000);
  expect(outcome.cpuUs).toBeGreaterThan(0);
  expect(outcome.eventLoopUtilization).toBeGreaterThan(0);
  expect(progress.length).toBeGreaterThanOrEqual(1);
  expect(progress.at(-1)).toMatchObject({ phase: 'measure', errors: 0 });
});

test('a server that is still getting faster: the window moves on, and all its figures are of where it ends', async () => {
  let coldMs = 24;
  await using server = await startFakeQueueServer({
    push: async (items) => {
      coldMs = Math.max(4, coldMs - 0.05);
      await sleep(coldMs);
      return { body: answerAll(items) };
    },
  });
  const marksMs: number[] = [];
  const load = { connections: 16, warmUpMs: 0, durationMs: 600, extendMs: 600 };
  const outcome = await runClosedLoop(order(server.baseUrl, load), (progress) => {
    if (progress.isWindowMark) marksMs.push(progress.elapsedMs);
  });
  const { ledger, measuredFromUs, measuredToUs, extendedMs = 0 } = outcome;
  const summary = summarizeRun(outcome, 250);
  expect(extendedMs).toBeGreaterThanOrEqual(150);
  expect(summary.extendedMs).toBe(extendedMs);
  expect(marksMs.length).toBe(5 + Math.round(extendedMs / 150));
  // As long as it was asked for, and it began with a mark that others could take a reading at.
  expect((measuredToUs - measuredFromUs) / 1_000).toBeGreaterThan(590);
  expect((measuredToUs - measuredFromUs) / 1_000).toBeLessThan(900);
  const fromMs = (measuredFromUs - ledger.invokedUs(0)) / 1_000;
  expect(Math.min(...marksMs.map((markMs) => Math.abs(markMs - fromMs)))).toBeLessThan(30);
  // What was skipped is the slow beginning.
  const first = summarizeRun({ ...outcome, measuredFromUs: ledger.invokedUs(0), measuredToUs: measuredFromUs }, 250);
  expect(first.requestsPerS).toBeLessThan(summary.requestsPerS);
  expect(outcome.cpuUs).toBeLessThan(1.5 * 2 * (measuredToUs - measuredFromUs));
});

test('a number of messages is sent to the last one, the last batch smaller, with no more connections than requests', async () => {
  const sizes: number[] = [];
  await using server = await startFakeQueueServer({
    push: (items) => {
      sizes.push(items.length);
      return { body: answerAll(items) };
    },
  });
  const { ledger, measuredFromUs, measuredToUs } = await runClosedLoop(
    order(server.baseUrl, { messages: 13, connections: 16 }),
    () => undefined,
  );
  expect(sizes.sort()).toEqual([3, 5, 5]);
  expect([ledger.messages, ledger.requests]).toEqual([13, 3]);
  expect([0, 1, 2].map((request) => ledger.producer(request))).toEqual([0, 1, 2]);
  const completed = [0, 1, 2].map((request) => ledger.completedUs(request));
  expect(measuredToUs).toBe(Math.max(...completed));
  expect(measuredFromUs).toBeLessThanOrEqual(ledger.invokedUs(0));
});

describe('every 50th request is answered with a lie', () => {
  test.each([
    ['drops its last item', (items) => ({ body: answerAll(items).slice(0, -1) }), ['queued', 'malformed']],
    [
      'has an empty status',
      (items) => ({ body: answerAll(items).map((item) => ({ ...item, status: '' })) }),
      ['malformed'],
    ],
    ['swaps two ids', (items) => ({ body: answerAll(items).reverse() }), ['malformed', 'queued']],
    ['is an HTTP 500', () => ({ status: 500, body: { error: 'broken' } }), ['indeterminate']],
    ['is an HTTP 400', () => ({ status: 400, body: { error: 'refused' } }), ['rejected']],
    ['is an error with HTTP 200', () => ({ body: { error: 'refused' } }), ['malformed']],
    ['is no JSON', () => ({ body: '<html>' }), ['malformed']],
  ] satisfies [string, (items: readonly PushedItem[]) => Reaction, ItemOutcome[]][])(
    'it %s',
    async (_, lie, outcomes) => {
      const load = await loadLiar(lie);
      expect(load.liedTo.toSorted()).toEqual(outcomes.toSorted());
      expect(load.others).toEqual(['queued']);
    },
  );

  test('it answers the request before', async () => {
    let before: readonly PushedItem[] = [];
    const load = await loadLiar((items) => {
      const wrong = before.length === 0 ? items.map((item) => ({ ...item, transactionId: 'r1-0' })) : before;
      before = items;
      return { body: answerAll(wrong) };
    });
    expect([load.liedTo, load.others]).toEqual([['malformed'], ['queued']]);
    expect(load.errors.map((entry) => entry.class)).toEqual(['item with another transaction id']);
  });

  test.each([
    ['fin', 'socket closed'],
    ['rst', 'socket ECONNRESET'],
    ['half', 'socket closed'],
  ] as const)(
    'it closes the socket (%s): only the cut request is indeterminate, all later pairs are right',
    async (lie, errorClass) => {
      const load = await loadLiar(() => lie);
      expect([load.liedTo, load.others]).toEqual([['indeterminate'], ['queued']]);
      expect(load.errors).toMatchObject([{ class: errorClass, count: load.lies }]);
      const { outcome, fromUs, toUs } = load.errorTrace;
      const cut = Array.from({ length: load.ledger.requests }, (_, request) => request).filter(
        (request) => load.ledger.httpStatus(request) === 0,
      );
      const timesOf = (from: ArrayLike<number>, to: ArrayLike<number>) =>
        Array.from(from, (us, entry) => [us, to[entry]]).sort();
      expect(timesOf(fromUs, toUs)).toEqual(
        cut.map((request) => [load.ledger.invokedUs(request), load.ledger.completedUs(request)]).sort(),
      );
      expect(new Set(outcome)).toEqual(new Set([OUTCOME_CODE.indeterminate]));
      // The time of a reply is that of its own request: nothing here takes long but the pauses before reconnecting.
      const { ledger } = load;
      const latenciesUs = Array.from({ length: ledger.requests }, (_, request) =>
        ledger.httpStatus(request) === 200 ? ledger.completedUs(request) - ledger.invokedUs(request) : 0,
      );
      expect(latenciesUs.toSorted((a, b) => a - b).at(Math.floor(ledger.requests / 2))).toBeLessThan(20_000);
    },
  );

  test('it announces the end of the connection: nothing is lost', async () => {
    const load = await loadLiar((items) => ({ headers: { connection: 'close' }, body: answerAll(items) }));
    expect([load.liedTo, load.others, load.errors]).toEqual([['queued'], ['queued'], []]);
  });

  test('it never answers: the load gives up after the grace, and the others go on meanwhile', async () => {
    const load = await loadLiar(() => 'never', { connections: 10, graceMs: 300 });
    expect([load.liedTo, load.others]).toEqual([['indeterminate'], ['queued']]);
    expect(load.errors).toMatchObject([{ class: 'load ended', count: load.lies }]);
    expect(load.ledger.messages).toBe(2_000);
  });
});

test('requests still open after window and grace are indeterminate', async () => {
  await using server = await startFakeQueueServer({
    push: (items, count) => (count > 20 ? 'never' : { body: answerAll(items) }),
  });
  const { ledger, errors } = await runClosedLoop(order(server.baseUrl, { graceMs: 100 }), () => undefined);
  const outcomes = Array.from({ length: ledger.messages }, (_, message) => outcomeOf(ledger, message));
  expect(Map.groupBy(outcomes, (outcome) => outcome).get('queued')).toHaveLength(20 * BATCH);
  expect(Map.groupBy(outcomes, (outcome) => outcome).get('indeterminate')).toHaveLength(4 * BATCH);
  expect(errors).toMatchObject([{ class: 'load ended', count: 4 }]);
});

test('a server that is not there: the load gives up, says so, and nothing is pending', async () => {
  const server = await startFakeQueueServer({});
  await server[Symbol.asyncDispose]();
  const { ledger, errors, measuredFromUs, measuredToUs } = await runClosedLoop(
    order(server.baseUrl, { durationMs: 60_000, connections: 2 }),
    () => undefined,
  );
  const outcomes = Array.from({ length: ledger.messages }, (_, message) => outcomeOf(ledger, message));
  expect([...new Set(outcomes)]).toEqual(['rejected']);
  expect(errors.map((entry) => entry.class)).toEqual(['connect ECONNREFUSED', 'load given up: connect ECONNREFUSED']);
  // A storm would make thousands.
  expect(ledger.requests).toBeLessThanOrEqual(20);
  // The window is the one that was asked for: a server that dies early must not look fast.
  expect(measuredToUs - measuredFromUs).toBe(60_000_000);
});
