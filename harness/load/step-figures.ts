import type { Histogram } from 'hdr-histogram-js';
import type { Ledger } from '../history/ledger.ts';
import { newLatencyHistogram, recordLatency } from '../measure/latency.ts';
import { tallyRequest } from '../measure/request-tally.ts';
import type { OpenStep } from './open-step.ts';

/** What became of the requests of a stretch in the end. */
export interface StepFigures {
  /** With a message that came to another end than being stored; open ones are among them. */
  readonly failed: number;
  /** From the intended time, of those that were acknowledged. */
  readonly latency: Histogram;
  /** From the intended time to the send. */
  readonly sendLag: Histogram;
}

/** Looks a stretch up in the ledger; to be called when it has drained. */
export function stepFigures(
  ledger: Ledger,
  { firstRequest, lastRequest }: Pick<OpenStep, 'firstRequest' | 'lastRequest'>,
): StepFigures {
  const [latency, sendLag] = [newLatencyHistogram(), newLatencyHistogram()];
  let failed = 0;
  for (let request = firstRequest; request < lastRequest; request += 1) {
    if (!ledger.isScheduled(request)) continue;
    const { acknowledged, errors } = tallyRequest(ledger, request);
    const intendedUs = ledger.intendedUs(request);
    if (errors > 0) failed += 1;
    if (acknowledged > 0) recordLatency(latency, ledger.completedUs(request) - intendedUs);
    if (ledger.wasSent(request)) recordLatency(sendLag, ledger.invokedUs(request) - intendedUs);
  }
  return { failed, latency, sendLag };
}
