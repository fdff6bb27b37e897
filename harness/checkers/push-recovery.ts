import type { RunEvidence } from '../history/evidence.ts';
import type { FaultRecord } from '../history/fault-record.ts';
import { OUTCOME_CODE } from '../history/item-outcome.ts';
import type { Ledger } from '../history/ledger.ts';
import { excuseOf, RECOVERY_MS } from './excuses.ts';

/** How the server came back to PostgreSQL after one fault. */
export interface PushRecovery {
  readonly fault: FaultRecord;
  /** From healing to the first push that was answered `queued`; undefined when none was. */
  readonly queuedAfterMs: number | undefined;
  /** Pushes went on for long enough to tell that it did not come back. */
  readonly isOverdue: boolean;
}

/** Faults that send pushes to the buffer: PostgreSQL was away, or was not to be used. */
export function bufferingFaults({ faults }: RunEvidence): readonly FaultRecord[] {
  return faults.filter((fault) => excuseOf(fault).buffers === true);
}

/** What came after each buffering fault that healed, until the next one began. */
export function recoveriesOf(evidence: RunEvidence): readonly PushRecovery[] {
  const faults = bufferingFaults(evidence);
  return faults.flatMap((fault) => {
    if (fault.healedUs === undefined) return [];
    const fromUs = fault.healedUs;
    const untilUs = faults.reduce(
      (next, { invokedUs }) => (invokedUs > fault.invokedUs && invokedUs < next ? invokedUs : next),
      Number.POSITIVE_INFINITY,
    );
    // The next one was begun before this was healed.
    return untilUs <= fromUs ? [] : [{ fault, ...lookForQueued(evidence.ledger, fromUs, untilUs) }];
  });
}

function lookForQueued(ledger: Ledger, fromUs: number, untilUs: number): Omit<PushRecovery, 'fault'> {
  let firstUs = Number.POSITIVE_INFINITY;
  let lastInvokedUs = 0;
  for (let request = 0; request < ledger.requests; request += 1) {
    const invokedUs = ledger.invokedUs(request);
    if (invokedUs < untilUs && invokedUs > lastInvokedUs) lastInvokedUs = invokedUs;
    const completedUs = ledger.completedUs(request);
    if (completedUs >= fromUs && completedUs < firstUs && hasQueued(ledger, request)) firstUs = completedUs;
  }
  const isSeen = firstUs < untilUs;
  return {
    queuedAfterMs: isSeen ? (firstUs - fromUs) / 1000 : undefined,
    isOverdue: !isSeen && lastInvokedUs > fromUs + RECOVERY_MS * 1000,
  };
}

function hasQueued(ledger: Ledger, request: number): boolean {
  for (let message = ledger.firstMessage(request); message < ledger.firstMessage(request + 1); message += 1) {
    if (ledger.outcomeCode(message) === OUTCOME_CODE.queued) return true;
  }
  return false;
}
