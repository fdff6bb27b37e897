import type { LoadOutcome } from '../load/load-outcome.ts';
import { encodeHistogram, type LatencyUs, latencyPercentiles, newLatencyHistogram, recordLatency } from './latency.ts';
import { type OpenLoopSummary, openLoopSummary } from './open-loop-summary.ts';
import { tallyRequest } from './request-tally.ts';
import { measuredSpans, totalUs, usWithin } from './spans.ts';
import { judgeSteadiness, type Steadiness } from './steadiness.ts';
import { type LoadSeries, timeSeries } from './time-series.ts';
import { acknowledgedCounts } from './window-counts.ts';

/** The figures of one run. Whether they may be shown is the checks' decision. */
export interface RunSummary {
  /** In the whole run, warm-up included. */
  readonly attemptedMessages: number;
  readonly acknowledgedMessages: number;
  /** In the measured window alone: requests with an acknowledged message, and those messages. */
  readonly measuredRequests: number;
  readonly measuredMessages: number;
  readonly windowMs: number;
  readonly throughputMsgPerS: number;
  readonly requestsPerS: number;
  /**
   * Per request, to the whole reply: in a closed loop from just before the send, of those that completed in the window; in
   * an open loop from the intended time, of those that were intended in it. Null when nothing was acknowledged.
   */
  readonly latencyUs: LatencyUs | null;
  /** All latencies of the window, for merging over rounds; see latency.ts. */
  readonly latencyHistogram: string;
  readonly series: LoadSeries;
  readonly steadiness: Steadiness;
  /** How much later the window began than was asked for. */
  readonly extendedMs: number;
  /** Of an open loop only. */
  readonly openLoop?: OpenLoopSummary | undefined;
}

/**
 * Takes the figures of one run from its ledger. A request belongs to the measured window, or to its slices, if it completed
 * in it, both ends included (in `messages` mode the last reply is the end). The latency of an open loop is that of the requests that
 * were intended in the window, however late they completed: to leave the slowest out would flatter it. Bulk producers beside
 * it have no intended times, and no part in that.
 */
export function summarizeRun(
  outcome: Omit<LoadOutcome, 'repeats' | 'badItems' | 'errorTrace'>,
  bucketMs: number,
): RunSummary {
  const { ledger, measuredFromUs } = outcome;
  const spans = measuredSpans(outcome);
  const histogram = newLatencyHistogram();
  const openLoop = openLoopSummary(outcome);
  const isMeasured = (atUs: number) => usWithin(spans, atUs) !== undefined;
  let acknowledgedMessages = 0;
  let measuredMessages = 0;
  let measuredRequests = 0;
  for (let request = 0; request < ledger.requests; request += 1) {
    const { acknowledged } = tallyRequest(ledger, request);
    if (acknowledged === 0) continue;
    acknowledgedMessages += acknowledged;
    const completedUs = ledger.completedUs(request);
    const intendedUs = ledger.intendedUs(request);
    const hasLatency =
      openLoop === undefined ? isMeasured(completedUs) : ledger.isScheduled(request) && isMeasured(intendedUs);
    if (hasLatency) recordLatency(histogram, completedUs - intendedUs);
    if (!isMeasured(completedUs)) continue;
    measuredMessages += acknowledged;
    measuredRequests += 1;
  }
  const windowUs = totalUs(spans);
  const perSecond = (count: number) => (windowUs > 0 ? (count * 1_000_000) / windowUs : 0);
  return {
    attemptedMessages: ledger.messages,
    acknowledgedMessages,
    measuredRequests,
    measuredMessages,
    windowMs: windowUs / 1_000,
    throughputMsgPerS: perSecond(measuredMessages),
    requestsPerS: perSecond(measuredRequests),
    latencyUs: latencyPercentiles(histogram),
    latencyHistogram: encodeHistogram(histogram),
    series: timeSeries(ledger, measuredFromUs, bucketMs),
    steadiness: judgeSteadiness(acknowledgedCounts(ledger, spans)),
    extendedMs: outcome.extendedMs ?? 0,
    openLoop,
  };
}
