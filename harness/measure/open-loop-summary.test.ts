import { expect, test } from 'vitest';
import type { ItemOutcome } from '../history/item-outcome.ts';
import { Ledger } from '../history/ledger.ts';
import { encodeHistogram, latencyPercentiles, mergeHistograms, newLatencyHistogram, recordLatency } from './latency.ts';
import { summarizeRun } from './summarize-run.ts';

interface Request {
  readonly intendedMs?: number;
  /** Left out: never. */
  readonly sentMs?: number;
  readonly toMs: number;
  readonly outcomes?: readonly ItemOutcome[];
  readonly httpStatus?: number;
}

const WHOLE: readonly ItemOutcome[] = ['queued', 'buffered'];

/** Summary of these requests over the window from 1 s to 2 s. */
function summarize(requests: readonly Request[]) {
  const ledger = new Ledger('r');
  for (const { intendedMs, sentMs, toMs, outcomes = WHOLE, httpStatus = 200 } of requests) {
    const intended = intendedMs === undefined ? {} : { intendedUs: intendedMs * 1_000 };
    const request = ledger.open({ producer: 0, partition: 0, messages: outcomes.length, invokedUs: 0, ...intended });
    if (sentMs !== undefined) ledger.send(request, 1, sentMs * 1_000);
    for (const [index, outcome] of outcomes.entries()) ledger.setOutcome(ledger.firstMessage(request) + index, outcome);
    ledger.complete(request, toMs * 1_000, httpStatus);
  }
  const wakeLag = newLatencyHistogram();
  recordLatency(wakeLag, 70);
  return summarizeRun(
    {
      ...{ ledger, measuredFromUs: 1_000_000, measuredToUs: 2_000_000, errors: [], cpuUs: 0, eventLoopUtilization: 0 },
      wakeLag: encodeHistogram(wakeLag),
    },
    1_000,
  );
}

test('latency counts from the intended time, of what was intended in the window, however late it was answered', () => {
  const { latencyUs, measuredRequests, openLoop } = summarize([
    // Before the window, and answered in it.
    { intendedMs: 900, sentMs: 900, toMs: 1_050 },
    { intendedMs: 1_000, sentMs: 1_000, toMs: 1_010 },
    { intendedMs: 1_100, sentMs: 1_500, toMs: 1_510 },
    // Long after the window.
    { intendedMs: 1_900, sentMs: 5_000, toMs: 5_010 },
    { intendedMs: 2_001, sentMs: 2_001, toMs: 9_000 },
  ]);
  expect(latencyUs?.p50).toBeCloseTo(410_000, -3);
  expect(latencyUs?.max).toBeCloseTo(3_110_000, -4);
  expect(measuredRequests).toBe(3);
  expect(openLoop).toMatchObject({ requests: 3, offeredPerS: 3, achievedPerS: 3, late: 2, unacknowledged: 0 });
  const lag = latencyPercentiles(mergeHistograms([openLoop?.sendLagHistogram ?? '']));
  expect(lag?.p50).toBeCloseTo(400_000, -3);
  expect(lag?.max).toBeCloseTo(3_100_000, -4);
  expect(latencyPercentiles(mergeHistograms([openLoop?.wakeLagHistogram ?? '']))?.p50).toBe(70);
});

test('what was not acknowledged whole is not achieved; what was never sent has no send lag, and is late', () => {
  const { openLoop } = summarize([
    { intendedMs: 1_000, sentMs: 1_000, toMs: 1_010 },
    { intendedMs: 1_100, sentMs: 1_100, toMs: 1_110, outcomes: ['queued', 'failed'] },
    { intendedMs: 1_200, sentMs: 1_200, toMs: 1_210, outcomes: ['indeterminate'], httpStatus: 0 },
    { intendedMs: 1_300, toMs: 1_900, outcomes: ['rejected'], httpStatus: 0 },
  ]);
  expect(openLoop).toMatchObject({ requests: 4, offeredPerS: 4, achievedPerS: 1, late: 1, unacknowledged: 2 });
  expect(mergeHistograms([openLoop?.sendLagHistogram ?? '']).totalCount).toBe(3);
});

test('bulk producers beside an open loop have no part in its latency; a closed loop is none', () => {
  const beside = [
    { intendedMs: 1_000, sentMs: 1_000, toMs: 1_010 },
    { sentMs: 1_000, toMs: 1_900 },
  ];
  expect(summarize(beside)).toMatchObject({ measuredRequests: 2, openLoop: { requests: 1 } });
  expect(summarize(beside).latencyUs?.max).toBeLessThan(11_000);
  expect(summarize([{ sentMs: 1_000, toMs: 1_900 }])).toMatchObject({ measuredRequests: 1, openLoop: undefined });
});
