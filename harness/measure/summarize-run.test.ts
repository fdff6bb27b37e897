import { expect, test } from 'vitest';
import type { ItemOutcome } from '../history/item-outcome.ts';
import { Ledger } from '../history/ledger.ts';
import { latencyPercentiles, mergeHistograms } from './latency.ts';
import { summarizeRun } from './summarize-run.ts';

interface Request {
  readonly fromMs: number;
  readonly toMs: number;
  readonly outcomes: readonly ItemOutcome[];
}

function outcomeOf(requests: readonly Request[], window: readonly [fromMs: number, toMs: number]) {
  const ledger = new Ledger('r');
  for (const { fromMs, toMs, outcomes } of requests) {
    const intent = { producer: 0, partition: 0, messages: outcomes.length, invokedUs: fromMs * 1_000 };
    const request = ledger.open(intent);
    for (const [index, outcome] of outcomes.entries()) ledger.setOutcome(ledger.firstMessage(request) + index, outcome);
    ledger.complete(request, toMs * 1_000, 200);
  }
  const [measuredFromUs, measuredToUs] = [window[0] * 1_000, window[1] * 1_000];
  return { ledger, measuredFromUs, measuredToUs, errors: [], cpuUs: 0, eventLoopUtilization: 0 };
}

const two: readonly ItemOutcome[] = ['queued', 'buffered'];

test('only acknowledged messages of requests that completed in the window count', () => {
  const summary = summarizeRun(
    outcomeOf(
      [
        { fromMs: 1_000, toMs: 1_900, outcomes: two },
        { fromMs: 1_900, toMs: 2_100, outcomes: [...two, 'duplicate', 'failed'] },
        { fromMs: 2_100, toMs: 2_500, outcomes: two },
        { fromMs: 2_500, toMs: 3_900, outcomes: ['duplicate'] },
        { fromMs: 2_500, toMs: 3_950, outcomes: ['indeterminate', 'rejected', 'malformed'] },
        { fromMs: 3_900, toMs: 4_100, outcomes: two },
      ],
      [2_000, 4_000],
    ),
    1_000,
  );
  expect(summary).toMatchObject({
    attemptedMessages: 14,
    acknowledgedMessages: 8,
    measuredMessages: 4,
    measuredRequests: 2,
    windowMs: 2_000,
    throughputMsgPerS: 2,
    requestsPerS: 1,
  });
  // To a thousandth: the histogram's resolution.
  expect(summary.latencyUs?.p50).toBeCloseTo(200_000, -3);
  expect(summary.latencyUs?.max).toBeCloseTo(400_000, -3);
});

test('the series begins with the first send, and its rates are per second of each bucket', () => {
  const requests = [
    { fromMs: 500, toMs: 600, outcomes: two },
    { fromMs: 600, toMs: 1_500, outcomes: ['failed', 'queued'] as const },
    { fromMs: 1_500, toMs: 2_240, outcomes: ['indeterminate'] as const },
  ];
  const { series } = summarizeRun(outcomeOf(requests, [1_000, 2_000]), 500);
  // 500–1000, 1000–1500, and 1500–2240: the last 240 ms are too short for a bucket of its own.
  expect(series).toMatchObject({
    bucketMs: 500,
    measuredFromMs: 500,
    acknowledgedPerS: [4, 0, 1 / 0.74],
    errors: [0, 0, 2],
  });
  expect(series.latencyP50Us[0]).toBeCloseTo(100_000, -3);
  expect(series.latencyP99Us.map((value) => value === null)).toEqual([false, true, false]);
});

test('a run without any reply has no latency and no throughput', () => {
  const summary = summarizeRun(outcomeOf([], [0, 1_000]), 1_000);
  expect(summary).toMatchObject({ throughputMsgPerS: 0, latencyUs: null, series: { acknowledgedPerS: [0] } });
});

test('histograms merge over rounds, whatever their range', () => {
  const rounds = [1, 1, 1, 200_000].map((latencyMs) =>
    summarizeRun(outcomeOf([{ fromMs: 0, toMs: latencyMs, outcomes: two }], [0, 300_000]), 1_000),
  );
  const merged = latencyPercentiles(mergeHistograms(rounds.map((round) => round.latencyHistogram)));
  expect(merged?.p50).toBeCloseTo(1_000, -1);
  expect(merged?.max).toBeGreaterThan(199_000_000);
});
