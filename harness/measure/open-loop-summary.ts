import type { LoadOutcome } from '../load/load-outcome.ts';
import { encodeHistogram, newLatencyHistogram, recordLatency } from './latency.ts';
import { tallyRequest } from './request-tally.ts';

/** What an open loop asked of the server in the measured window, and what of that came about. */
export interface OpenLoopSummary {
  /** Requests that were intended in the window. */
  readonly requests: number;
  readonly offeredPerS: number;
  /** Requests of the schedule that were answered in the window, every message of them acknowledged. */
  readonly achievedPerS: number;
  /** Sent more than {@link LATE_US} after their time, or never. */
  readonly late: number;
  /** Without an acknowledged message in the end: what they waited stands in no latency. */
  readonly unacknowledged: number;
  /** From the intended time to the send: this process's own lateness and the wait for a free connection. See latency.ts. */
  readonly sendLagHistogram: string;
  /** The former alone; undefined when the load process did not tell. */
  readonly wakeLagHistogram: string | undefined;
}

/** As long as an answer of an idle server takes, and several times what the clock of the load needs to wake it. */
const LATE_US = 1_000;

/** Undefined for a load whose requests had no times of their own. */
export function openLoopSummary(
  outcome: Pick<LoadOutcome, 'ledger' | 'measuredFromUs' | 'measuredToUs' | 'wakeLag'>,
): OpenLoopSummary | undefined {
  const { ledger, measuredFromUs, measuredToUs, wakeLag } = outcome;
  const sendLag = newLatencyHistogram();
  let [scheduled, requests, achieved, late, unacknowledged] = [0, 0, 0, 0, 0];
  for (let request = 0; request < ledger.requests; request += 1) {
    if (!ledger.isScheduled(request)) continue;
    scheduled += 1;
    const { acknowledged } = tallyRequest(ledger, request);
    const completedUs = ledger.completedUs(request);
    const isWhole = acknowledged === ledger.firstMessage(request + 1) - ledger.firstMessage(request);
    if (isWhole && completedUs >= measuredFromUs && completedUs <= measuredToUs) achieved += 1;
    const intendedUs = ledger.intendedUs(request);
    if (intendedUs < measuredFromUs || intendedUs > measuredToUs) continue;
    requests += 1;
    if (acknowledged === 0) unacknowledged += 1;
    const lagUs = ledger.invokedUs(request) - intendedUs;
    if (!ledger.wasSent(request) || lagUs > LATE_US) late += 1;
    if (ledger.wasSent(request)) recordLatency(sendLag, lagUs);
  }
  if (scheduled === 0) return undefined;
  const windowUs = measuredToUs - measuredFromUs;
  const perSecond = (count: number) => (windowUs > 0 ? (count * 1_000_000) / windowUs : 0);
  return {
    ...{ requests, late, unacknowledged, offeredPerS: perSecond(requests), achievedPerS: perSecond(achieved) },
    sendLagHistogram: encodeHistogram(sendLag),
    wakeLagHistogram: wakeLag,
  };
}
