import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { OUTCOME_CODE } from '../history/item-outcome.ts';
import type { LoadProgress } from '../load/load-outcome.ts';
import { runSaturation } from '../load/saturation-loop.ts';
import { latencyPercentiles, mergeHistograms } from '../measure/latency.ts';
import { summarizeRun } from '../measure/summarize-run.ts';
import { armLoad, loadOrder } from './arm-load.ts';
import { answerAll, type Reaction, startFakeQueueServer } from './fake-queue-server.ts';

const SERVICE_MS = 10;
const BATCH = 5;

/** Answers requests one after the other, each in 10 ms: up to 100 a second. */
function oneAtATime(): () => Promise<void> {
  let free = Promise.resolve();
  return () => {
    free = free.then(() => sleep(SERVICE_MS));
    return free;
  };
}

function order(baseUrl: string, from: number) {
  const open = { rate: from, to: undefined, arrivals: 'even', burst: 1, connections: 16 } as const;
  const saturation = { from, stepMs: 600, holdMs: 1_000, levels: [0.5, 1] };
  const load = armLoad({ model: 'saturation', open, saturation, batch: BATCH, payloadBytes: 80, durationMs: 1_000 });
  return loadOrder({ baseUrl, load, graceMs: 2_000 });
}

test('the capacity of a server that is known, held, with the latency below it, and every message in the ledger', async () => {
  const serve = oneAtATime();
  let pushes = 0;
  await using server = await startFakeQueueServer({
    push: async (items) => {
      pushes += 1;
      await serve();
      return { body: answerAll(items) };
    },
  });
  const progress: LoadProgress[] = [];
  const outcome = await runSaturation(order(server.baseUrl, 40), (state) => progress.push(state));
  const { ledger, saturation, errors, measuredFromUs, measuredToUs } = outcome;
  const { capacityPerS = 0, isLowerBound, steps = [] } = saturation ?? {};
  // Timers are late by up to a millisecond, and on a busy machine by more.
  expect(capacityPerS).toBeGreaterThan(60);
  expect(capacityPerS).toBeLessThan(105);
  expect(isLowerBound).toBe(false);
  const hold = steps.find(({ phase, isSustained }) => phase === 'hold' && isSustained);
  expect(hold?.offeredPerS).toBe(capacityPerS);
  expect(steps.find(({ isSustained }) => !isSustained)?.reasons.join()).toMatch(/backlog grew|were under way/);
  const level = steps.find(({ share }) => share === 0.5);
  const p50Ms = (latencyPercentiles(mergeHistograms([level?.latencyHistogram ?? '']))?.p50 ?? 0) / 1_000;
  expect(p50Ms).toBeGreaterThan(SERVICE_MS - 1);
  expect(p50Ms).toBeLessThan(3 * SERVICE_MS);

  // Nothing that was sent on the way is forgotten, and nothing was cut.
  expect(errors).toEqual([]);
  expect(ledger.requests).toBe(pushes);
  const outcomes = Array.from({ length: ledger.messages }, (_, message) => ledger.outcomeCode(message));
  expect(new Set(outcomes)).toEqual(new Set([OUTCOME_CODE.queued]));
  // The measured window is the hold.
  expect((measuredToUs - measuredFromUs) / 1_000).toBeCloseTo(1_000, -2);
  expect(summarizeRun(outcome, 250).requestsPerS / capacityPerS).toBeCloseTo(1, 0);
  expect(progress.filter(({ isWindowMark }) => isWindowMark)).toHaveLength(2 * steps.length);
});

test.each([
  ['refuses everything', { status: 500, body: { error: 'broken' } } as Reaction, /requests failed/],
  ['never answers', 'never' as Reaction, /requests failed,.*still not answered/],
])('a server that %s: no capacity, and the reason in words', async (_, reaction, reason) => {
  await using server = await startFakeQueueServer({ push: () => reaction });
  const base = order(server.baseUrl, 64);
  const saturation = { from: 64, stepMs: 100, holdMs: 100, levels: [] };
  const { saturation: found } = await runSaturation(
    { ...base, graceMs: 200, load: { ...base.load, saturation } },
    () => undefined,
  );
  expect(found).toMatchObject({ capacityPerS: undefined, isLowerBound: false });
  expect(found?.steps.every(({ reasons }) => reason.test(reasons.join()))).toBe(true);
});

test('a server that is not there: the search is over when the load is', async () => {
  const server = await startFakeQueueServer({});
  await server[Symbol.asyncDispose]();
  const { ledger, saturation } = await runSaturation(order(server.baseUrl, 20), () => undefined);
  expect(saturation?.capacityPerS).toBeUndefined();
  const outcomes = Array.from({ length: ledger.messages }, (_, message) => ledger.outcomeCode(message));
  expect(new Set(outcomes)).toEqual(new Set([OUTCOME_CODE.rejected]));
});
