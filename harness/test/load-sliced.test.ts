import { expect, test } from 'vitest';
import type { LoadOrder } from '../load/load-outcome.ts';
import { runLoad } from '../load/run-load.ts';
import { runSlicedLoop } from '../load/sliced-loop.ts';
import { monotonicUs } from '../measure/monotonic-clock.ts';
import { summarizeRun } from '../measure/summarize-run.ts';
import { armLoad, loadOrder } from './arm-load.ts';
import { answerAll, startFakeQueueServer } from './fake-queue-server.ts';

const SLICES = 3;
const SLICE_MS = 200;

function order(baseUrl: string, change: Partial<LoadOrder> = {}): LoadOrder {
  const load = armLoad({ batch: 5, warmUpMs: 100, durationMs: SLICES * SLICE_MS });
  return loadOrder({ baseUrl, load, graceMs: 2_000, slices: SLICES, ...change });
}

test('it loads in its turns alone: between them no request and no connection is open', async () => {
  const arrivals: number[] = [];
  await using server = await startFakeQueueServer({
    push: (items) => {
      arrivals.push(monotonicUs());
      return { body: answerAll(items) };
    },
  });
  const pauses: { readonly fromUs: number; readonly toUs: number; readonly sockets: number }[] = [];
  const takeTurn = async () => {
    const fromUs = monotonicUs();
    await expect.poll(() => server.sockets()).toBe(0);
    // Long enough for a load that does not rest to be seen.
    await new Promise((resolve) => setTimeout(resolve, 100));
    pauses.push({ fromUs, toUs: monotonicUs(), sockets: server.sockets() });
  };
  const outcome = await runSlicedLoop(order(server.baseUrl), () => undefined, takeTurn);
  const { ledger, slices = [], errors } = outcome;
  expect(errors).toEqual([]);
  expect(pauses.map(({ sockets }) => sockets)).toEqual([0, 0, 0, 0]);
  for (const { fromUs, toUs } of pauses) expect(arrivals.filter((us) => us > fromUs && us < toUs)).toEqual([]);
  expect(arrivals).toHaveLength(ledger.requests);
  // After every pause but the last comes one slice.
  expect(slices).toHaveLength(SLICES);
  for (const [index, { fromUs, toUs }] of slices.entries()) {
    expect(fromUs).toBeGreaterThan(pauses[index]?.toUs ?? Number.NaN);
    expect(toUs).toBeLessThan(pauses[index + 1]?.fromUs ?? Number.NaN);
    expect(toUs - fromUs).toBeGreaterThan(SLICE_MS * 1_000 * 0.95);
  }
  const summary = summarizeRun(outcome, 250);
  expect(summary.windowMs).toBeGreaterThan(SLICES * SLICE_MS * 0.95);
  expect(summary.windowMs).toBeLessThan(SLICES * SLICE_MS * 1.5);
  const inSlices = arrivals.filter((us) => slices.some(({ fromUs, toUs }) => us >= fromUs && us <= toUs)).length;
  // What arrived at the very ends was answered beyond them, and the other way round; four connections, three slices.
  expect(Math.abs(summary.measuredRequests - inSlices)).toBeLessThanOrEqual(4 * 2 * SLICES);
  expect(summary.measuredMessages).toBeLessThan(summary.acknowledgedMessages);
});

test('a load in a process of its own is told when it is its turn', async () => {
  await using server = await startFakeQueueServer({});
  let turns = 0;
  const takeTurn = async () => {
    turns += 1;
  };
  const { slices } = await runLoad(order(server.baseUrl), () => undefined, AbortSignal.timeout(20_000), takeTurn);
  expect(slices).toHaveLength(SLICES);
  expect(turns).toBe(SLICES + 1);
});

test('a turn that does not come ends the load with its reason', async () => {
  await using server = await startFakeQueueServer({});
  const refuse = async () => {
    throw new Error('no turn');
  };
  const load = runLoad(order(server.baseUrl), () => undefined, AbortSignal.timeout(20_000), refuse);
  await expect(load).rejects.toThrow('no turn');
  await expect.poll(() => server.sockets()).toBe(0);
});

test('requests that nobody answers are cut after the grace, and the load is over', async () => {
  await using server = await startFakeQueueServer({
    push: (items, count) => (count > 20 ? 'never' : { body: answerAll(items) }),
  });
  const outcome = await runSlicedLoop(
    order(server.baseUrl, { graceMs: 100 }),
    () => undefined,
    async () => undefined,
  );
  expect(outcome.errors).toMatchObject([{ class: 'load ended', count: 4 }]);
  // A server that stops must not look fast: the slices are as long as was asked for.
  expect(summarizeRun(outcome, 250).windowMs).toBeCloseTo(SLICES * SLICE_MS);
});
