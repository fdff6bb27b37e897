import { describe, expect, test } from 'vitest';
import { ITEM_OUTCOMES, type ItemOutcome } from '../history/item-outcome.ts';
import type { Ledger } from '../history/ledger.ts';
import { arrivals } from '../load/arrivals.ts';
import { ThreadClock } from '../load/load-clock.ts';
import type { LoadOrder } from '../load/load-outcome.ts';
import { finishLoad } from '../load/load-run.ts';
import { runOpenLoop } from '../load/open-loop.ts';
import { OpenProducers } from '../load/open-producers.ts';
import { recordPushes } from '../load/push-recording.ts';
import { PushSession } from '../load/push-session.ts';
import { runLoad } from '../load/run-load.ts';
import { latencyPercentiles, mergeHistograms } from '../measure/latency.ts';
import type { OpenLoad } from '../scenario/arm-load.ts';
import { armLoad, loadOrder } from './arm-load.ts';
import { answerAll, type PushedItem, type Reaction, startFakeQueueServer } from './fake-queue-server.ts';

const BATCH = 5;

type LoadChange = Partial<Omit<LoadOrder['load'], 'open'>> &
  Partial<Pick<LoadOrder, 'graceMs' | 'persistent'>> & { readonly open?: Partial<OpenLoad> };

function order(baseUrl: string, { graceMs = 2_000, persistent = false, open, ...load }: LoadChange = {}): LoadOrder {
  const schedule = { rate: 200, to: undefined, arrivals: 'even', burst: 1, connections: 8, ...open } as const;
  const small = { batch: BATCH, payloadBytes: 80, warmUpMs: 50, durationMs: 500 };
  return loadOrder({
    ...{ baseUrl, graceMs, persistent },
    load: armLoad({ model: 'open', open: schedule, ...small, ...load }),
  });
}

function requestsOf(ledger: Ledger): readonly number[] {
  return Array.from({ length: ledger.requests }, (_, request) => request);
}

function outcomesOf(ledger: Ledger, requests = requestsOf(ledger)): readonly ItemOutcome[] {
  const codes = requests.flatMap((request) => {
    const first = ledger.firstMessage(request);
    return Array.from({ length: ledger.firstMessage(request + 1) - first }, (_, nth) =>
      ledger.outcomeCode(first + nth),
    );
  });
  return [...new Set(codes.map((code) => ITEM_OUTCOMES[code] ?? 'pending'))].sort();
}

test('requests are sent at their times, one for each, to the partitions in turn', async () => {
  const pushed: PushedItem[] = [];
  await using server = await startFakeQueueServer({
    push: (items) => {
      pushed.push(...items);
      return { body: answerAll(items) };
    },
  });
  const progress: unknown[] = [];
  const outcome = await runLoad(order(server.baseUrl), (report) => progress.push(report), AbortSignal.timeout(20_000));
  const { ledger, errors, measuredFromUs, measuredToUs } = outcome;
  expect([errors, outcomesOf(ledger)]).toEqual([[], ['queued']]);
  // 50 ms of warm-up and 500 ms at 200 a second.
  expect(ledger.requests).toBe(110);
  expect(measuredToUs - measuredFromUs).toBeCloseTo(500_000, 3);
  expect(pushed.map((item) => item.transactionId).sort()).toEqual(
    Array.from({ length: 110 * BATCH }, (_, message) => `r1-${message}`).sort(),
  );
  const measured = requestsOf(ledger).filter((request) => ledger.intendedUs(request) >= measuredFromUs);
  expect(measured).toHaveLength(100);
  for (const [nth, request] of measured.entries()) {
    expect(ledger.intendedUs(request)).toBeCloseTo(measuredFromUs + nth * 5_000, 0);
  }
  for (const request of requestsOf(ledger)) {
    expect(ledger.isScheduled(request)).toBe(true);
    expect(ledger.partition(request)).toBe(request % 3);
    expect(ledger.invokedUs(request)).toBeGreaterThanOrEqual(ledger.intendedUs(request));
    expect(ledger.producer(request)).toBeLessThan(8);
  }
  expect(latencyPercentiles(mergeHistograms([outcome.wakeLag ?? '']))).not.toBeNull();
  expect(progress.at(-1)).toMatchObject({ phase: 'measure', errors: 0 });
});

test('requests of one producer never overlap, however late they are', async () => {
  await using server = await startFakeQueueServer({
    push: async (items) => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      return { body: answerAll(items) };
    },
  });
  const load = { graceMs: 20_000, open: { connections: 2, rate: 300 } };
  const { ledger } = await runOpenLoop(order(server.baseUrl, load), () => undefined);
  const free = [0, 0];
  for (const request of requestsOf(ledger).toSorted((a, b) => ledger.invokedUs(a) - ledger.invokedUs(b))) {
    const producer = ledger.producer(request);
    expect(ledger.invokedUs(request)).toBeGreaterThanOrEqual(free[producer] ?? 0);
    free[producer] = ledger.completedUs(request);
  }
  // Two connections of 20 ms take at most 100 of the 300 a second: the last waited for more than a second.
  expect(outcomesOf(ledger)).toEqual(['queued']);
  const last = ledger.requests - 1;
  expect(ledger.invokedUs(last) - ledger.intendedUs(last)).toBeGreaterThan(800_000);
});

test('a number of messages is sent to the last one, and the load ends with it', async () => {
  await using server = await startFakeQueueServer({});
  const load = { messages: 23, open: { rate: 100 } };
  const { ledger, measuredFromUs, measuredToUs } = await runOpenLoop(order(server.baseUrl, load), () => undefined);
  expect([ledger.messages, ledger.requests, outcomesOf(ledger)]).toEqual([23, 5, ['queued']]);
  expect(measuredToUs).toBe(Math.max(...requestsOf(ledger).map((request) => ledger.completedUs(request))));
  expect(measuredFromUs).toBeLessThanOrEqual(ledger.intendedUs(0));
  expect(ledger.intendedUs(4) - ledger.intendedUs(0)).toBeCloseTo(40_000, 3);
});

describe('every 10th request is answered with a lie', () => {
  test.each([
    ['rst', 'socket ECONNRESET', ['indeterminate']],
    ['fin', 'socket closed', ['indeterminate']],
    ['half', 'socket closed', ['indeterminate']],
    [{ status: 500, body: { error: 'broken' } }, 'http 500', ['indeterminate']],
    [{ status: 400, body: { error: 'refused' } }, 'http 400', ['rejected']],
    [{ body: '<html>' }, 'unreadable reply', ['malformed']],
  ] satisfies [Reaction, string, ItemOutcome[]][])('%j', async (lie, errorClass, outcomes) => {
    const liedTo = new Set<string>();
    await using server = await startFakeQueueServer({
      push: (items, count) => {
        if (count % 10 !== 0) return { body: answerAll(items) };
        for (const item of items) liedTo.add(item.transactionId);
        return lie;
      },
    });
    const { ledger, errors } = await runOpenLoop(order(server.baseUrl), () => undefined);
    const isLie = (request: number) => liedTo.has(`r1-${ledger.firstMessage(request)}`);
    const [lies, truths] = [requestsOf(ledger).filter(isLie), requestsOf(ledger).filter((request) => !isLie(request))];
    expect([outcomesOf(ledger, lies), outcomesOf(ledger, truths)]).toEqual([outcomes, ['queued']]);
    expect(errors).toMatchObject([{ class: errorClass, count: 11 }]);
    expect(ledger.requests).toBe(110);
  });
});

test('what is not answered by the end of the grace is indeterminate, and what was never sent is rejected', async () => {
  await using server = await startFakeQueueServer({
    push: (items, count) => (count > 20 ? 'never' : { body: answerAll(items) }),
  });
  const { ledger, errors } = await runOpenLoop(order(server.baseUrl, { graceMs: 100 }), () => undefined);
  const outcomes = requestsOf(ledger).map((request) => outcomesOf(ledger, [request]).join());
  expect(Map.groupBy(outcomes, (outcome) => outcome).get('indeterminate')).toHaveLength(8);
  expect(outcomes.filter((outcome) => outcome === 'rejected')).toHaveLength(110 - 20 - 8);
  expect(requestsOf(ledger).filter((request) => !ledger.wasSent(request))).toHaveLength(110 - 20 - 8);
  expect(errors.map((entry) => [entry.class, entry.count])).toEqual([
    ['never sent', 82],
    ['load ended', 8],
  ]);
});

test('more requests waiting than are worth keeping: the load is given up, loudly, and none is left out', async () => {
  await using server = await startFakeQueueServer({ push: () => 'never' });
  // 200,000 messages may wait: 200 requests of 1000.
  const load = { batch: 1_000, durationMs: 10_000, graceMs: 100, open: { rate: 500, connections: 2 } };
  const startedMs = performance.now();
  const { ledger, errors, measuredFromUs, measuredToUs } = await runOpenLoop(
    order(server.baseUrl, load),
    () => undefined,
  );
  expect(performance.now() - startedMs).toBeLessThan(5_000);
  expect(errors.map((entry) => entry.class)).toContain('load given up: backlog');
  expect(outcomesOf(ledger)).toEqual(['indeterminate', 'rejected']);
  expect(ledger.requests).toBeGreaterThanOrEqual(203);
  expect(measuredToUs - measuredFromUs).toBeCloseTo(10_000_000, 0);
});

test('nor does it go on with a number of messages then', async () => {
  await using server = await startFakeQueueServer({ push: () => 'never' });
  const load = { batch: 1_000, messages: 10_000_000, graceMs: 2_000, open: { rate: 500, connections: 2 } };
  const startedMs = performance.now();
  const { ledger, errors } = await runOpenLoop(order(server.baseUrl, load), () => undefined);
  expect(performance.now() - startedMs).toBeLessThan(8_000);
  expect(errors.map((entry) => entry.class)).toContain('load given up: backlog');
  expect(ledger.requests).toBeLessThan(2_000);
});

test('a server that is not there: requests fail at once, and the load is given up', async () => {
  const server = await startFakeQueueServer({});
  await server[Symbol.asyncDispose]();
  const load = { durationMs: 60_000, open: { rate: 100, connections: 4 } };
  const { ledger, errors, measuredFromUs, measuredToUs } = await runOpenLoop(
    order(server.baseUrl, load),
    () => undefined,
  );
  expect(outcomesOf(ledger)).toEqual(['rejected']);
  // Whoever waited in vain for the server had asked for it.
  expect(requestsOf(ledger).every((request) => ledger.wasSent(request))).toBe(true);
  const classes = errors.map((entry) => entry.class);
  expect(classes.sort()).toEqual([
    'connect ECONNREFUSED',
    'load given up: connect ECONNREFUSED',
    'no connection: connect ECONNREFUSED',
  ]);
  // Some 3.5 s at 100 a second, of which pauses let few be tried.
  expect(ledger.requests).toBeGreaterThan(300);
  expect(errors.find((entry) => entry.class === 'connect ECONNREFUSED')?.count).toBeLessThan(80);
  expect(measuredToUs - measuredFromUs).toBeCloseTo(60_000_000, 0);
});

test('a persistent load keeps its schedule while the server is gone, and finds it again', async () => {
  const first = await startFakeQueueServer({});
  const port = Number(new URL(first.baseUrl).port);
  const load = { durationMs: 6_000, persistent: true, open: { rate: 100, connections: 4 } };
  const loading = runOpenLoop(order(first.baseUrl, load), () => undefined);
  await first[Symbol.asyncDispose]();
  // Longer than a load lasts that gives up.
  await new Promise((resolve) => setTimeout(resolve, 4_500));
  await using _again = await startFakeQueueServer({ port });
  const { ledger, errors } = await loading;
  expect(ledger.requests).toBe(605);
  expect(outcomesOf(ledger, [ledger.requests - 1])).toEqual(['queued']);
  expect(errors.some((entry) => entry.class.startsWith('load given up'))).toBe(false);
});

test('bulk producers, repeats and bad items go beside it', async () => {
  const seen = new Set<string>();
  const answer = ({ transactionId, traceId }: PushedItem) => {
    const isBad = traceId !== undefined || transactionId.length > 255 || transactionId.includes('\0');
    if (isBad) return { status: 'failed', transaction_id: transactionId, error: 'bad' };
    const status = seen.has(transactionId) ? 'duplicate' : 'queued';
    seen.add(transactionId);
    return { status, transaction_id: transactionId, message_id: crypto.randomUUID() };
  };
  await using server = await startFakeQueueServer({ push: (items) => ({ status: 201, body: items.map(answer) }) });
  const load = { repeat: 0.2, poison: 0.2, bulk: { producers: 2, batch: 50, pauseMs: 50 }, open: { connections: 4 } };
  const { ledger, repeats, badItems, errors } = await runOpenLoop(order(server.baseUrl, load), () => undefined);
  expect(errors).toEqual([]);
  const bulk = requestsOf(ledger).filter((request) => !ledger.isScheduled(request));
  expect([...new Set(bulk.map((request) => ledger.producer(request)))].sort()).toEqual([4, 5]);
  expect(ledger.requests - bulk.length).toBe(110);
  expect(repeats.ledger.requests).toBeGreaterThan(5);
  expect(badItems).toMatchObject({ refused: badItems.sent });
  expect(badItems.sent).toBeGreaterThan(5);
});

test('stretches follow each other over the same connections, each with its own counts', async () => {
  let isSlow = false;
  await using server = await startFakeQueueServer({
    push: (items) => (isSlow ? 'never' : { body: answerAll(items) }),
  });
  const asked = order(server.baseUrl);
  const session = new PushSession(asked, recordPushes('r1'));
  await using clock = new ThreadClock();
  using producers = new OpenProducers(asked, session, { clock, connections: 4, maxWaiting: 20 });
  const even = (rate: number) => arrivals({ rate, arrivals: 'even', burst: 1, lengthUs: 300_000 }, Math.random);
  const first = await producers.runStep(even(100));
  expect(first).toMatchObject({ intended: 30, firstRequest: 0, lastRequest: 30, failed: 0, gaveUp: false });
  expect(first.achieved).toBeGreaterThanOrEqual(29);
  expect(first.toUs - first.fromUs).toBeCloseTo(300_000, 3);
  expect(first.backlog.length).toBeGreaterThanOrEqual(1);
  isSlow = true;
  const second = await producers.runStep(even(1_000));
  expect(second).toMatchObject({ firstRequest: 30, achieved: 0, gaveUp: true });
  expect(second.intended).toBe(second.lastRequest - 30);
  expect(second.toUs - second.fromUs).toBeLessThan(250_000);
  // One of the connections may still have been busy with the stretch before.
  expect(second.failed).toBeGreaterThanOrEqual(second.intended - 4);
  const aborted = await producers.runStep(even(100), AbortSignal.abort());
  expect(aborted).toMatchObject({ intended: 0, backlog: [] });
  expect(server.sockets()).toBe(4);
  await finishLoad(session, 50);
  expect(outcomesOf(session.ledger)).toEqual(['indeterminate', 'queued', 'rejected']);
});
