import type { LoadOutcome } from '../load/load-outcome.ts';
import { encodeHistogram, type LatencyUs, latencyPercentiles, newLatencyHistogram, recordLatency } from './latency.ts';
import { tallyRequest } from './request-tally.ts';
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
  /** Per request, from just before the send to the whole reply; null when nothing was acknowledged in the window. */
  readonly latencyUs: LatencyUs | null;
  /** All latencies of the window, for merging over rounds; see latency.ts. */
  readonly latencyHistogram: string;
  readonly series: LoadSeries;
  readonly steadiness: Steadiness;
  /** How much later the window began than was asked for. */
  readonly extendedMs: number;
}

/**
 * Takes the figures of one run from its ledger. A request belongs to the measured window if it completed in it, both
 * ends included (in `messages` mode the last reply is the end).
 */
export function summarizeRun(outcome: Omit<LoadOutcome, 'repeats' | 'badItems'>, bucketMs: number): RunSummary {
  const { ledger, measuredFromUs, measuredToUs } = outcome;
  const histogram = newLatencyHistogram();
  let acknowledgedMessages = 0;
  let measuredMessages = 0;
  let measuredRequests = 0;
  for (let request = 0; request < ledger.requests; request += 1) {
    const { acknowledged } = tallyRequest(ledger, request);
    if (acknowledged === 0) continue;
    acknowledgedMessages += acknowledged;
    const completedUs = ledger.completedUs(request);
    if (completedUs < measuredFromUs || completedUs > measuredToUs) continue;
    measuredMessages += acknowledged;
    measuredRequests += 1;
    recordLatency(histogram, completedUs - ledger.invokedUs(request));
  }
  const windowUs = measuredToUs - measuredFromUs;
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
    steadiness: judgeSteadiness(acknowledgedCounts(ledger, measuredFromUs, measuredToUs)),
    extendedMs: outcome.extendedMs,
  };
}
