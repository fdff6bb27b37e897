import { isMissing, type RunEvidence } from '../history/evidence.ts';
import { OUTCOME_CODE } from '../history/item-outcome.ts';
import { RECOVERY_MS } from './excuses.ts';
import { Judgement } from './judgement.ts';
import { describeMessage } from './message-witness.ts';
import { bufferingFaults, recoveriesOf } from './push-recovery.ts';
import type { CheckResult } from './verdict.ts';
import { Violations } from './violations.ts';

/**
 * A server that was cut off from PostgreSQL, or told not to use it, bridged that time: every message it answered `buffered`
 * is stored and was delivered, nothing was set aside, its buffer is empty, and it was itself again in time. For runs with
 * such a fault.
 */
export function checkFailover(evidence: RunEvidence): CheckResult {
  const judgement = new Judgement('failover');
  const faults = bufferingFaults(evidence);
  if (faults.length === 0) judgement.lack('no fault took the database away');
  const messages = judgeMessages(judgement, evidence);
  const buffer = judgeBuffer(judgement, evidence);
  const recovery = judgeRecovery(judgement, evidence);
  const { buffered, recovered } = messages;
  // A load that ends with its last fault shows no push that is queued again; the buffer goes the same way.
  const again =
    recovery.recoveries > 0
      ? `pushes were queued again after ${recovery.recoveryMs} ms at most`
      : `the buffer was empty ${buffer.bufferEmptyMs} ms after the last fault`;
  const counts = { ...messages, ...buffer, ...recovery };
  return judgement.result(counts, `${recovered} of ${buffered} buffered messages were recovered; ${again}`);
}

function judgeMessages(judgement: Judgement, evidence: RunEvidence) {
  const { ledger, repeats, rows } = evidence;
  const violations = new Violations(['neverStored', 'neverDelivered']);
  const delivered = deliveredMessages(evidence);
  let buffered = 0;
  let recovered = 0;
  const judge = (message: number) => {
    buffered += 1;
    if (!isMissing(rows) && (rows.countByMessage[message] ?? 0) === 0) {
      violations.add('neverStored', () => describeMessage(ledger, message, []));
    } else if (delivered !== undefined && (delivered[message] ?? 0) === 0) {
      violations.add('neverDelivered', () => describeMessage(ledger, message, []));
    } else {
      recovered += 1;
    }
  };
  for (let message = 0; message < ledger.messages; message += 1) {
    if (ledger.outcomeCode(message) === OUTCOME_CODE.buffered) judge(message);
  }
  for (let repeat = 0; repeat < repeats.ledger.requests; repeat += 1) {
    const first = repeats.ledger.firstMessage(repeat);
    for (let message = first; message < repeats.ledger.firstMessage(repeat + 1); message += 1) {
      const original = ledger.firstMessage(repeats.original(repeat)) + message - first;
      const isBuffered = repeats.ledger.outcomeCode(message) === OUTCOME_CODE.buffered;
      if (isBuffered && ledger.outcomeCode(original) !== OUTCOME_CODE.buffered) judge(original);
    }
  }
  if (isMissing(rows)) judgement.lack(rows.missing);
  if (violations.summary !== '') judgement.accuse(`of ${buffered} buffered: ${violations.summary}`, violations.witness);
  return { buffered, recovered, ...violations.counts };
}

/** How often each message was delivered; undefined while the queue was not seen to be drained, for then it may be yet to come. */
function deliveredMessages({ ledger, consumption }: RunEvidence): Uint8Array | undefined {
  if (isMissing(consumption) || consumption.drained.some((drained) => drained !== true)) return undefined;
  const delivered = new Uint8Array(ledger.messages);
  const { history } = consumption;
  for (let delivery = 0; delivery < history.deliveries; delivery += 1) {
    const message = history.message(delivery);
    if (message < delivered.length) delivered[message] = 1;
  }
  return delivered;
}

/** `bufferEmptyMs` is only there when it was seen to become empty. */
function judgeBuffer(
  judgement: Judgement,
  { buffer, recovery }: RunEvidence,
): Partial<Record<'pending' | 'failedFiles' | 'bufferEmptyMs', number>> {
  if (isMissing(buffer)) {
    judgement.lack(buffer.missing);
    return {};
  }
  const { pending, failedFiles, failedBytes } = buffer;
  if (failedFiles > 0) {
    judgement.accuse(`the buffer has set ${failedFiles} files aside`, [`${failedBytes} bytes in its folder failed/`]);
  }
  if (pending > 0) judgement.accuse(`the buffer still holds ${pending} messages`);
  const emptyMs = isMissing(recovery) ? recovery : recovery.bufferEmptyMs;
  if (typeof emptyMs === 'object') {
    judgement.lack(emptyMs.missing);
    return { pending, failedFiles };
  }
  if (emptyMs > RECOVERY_MS)
    judgement.accuse(`the buffer was empty only ${Math.round(emptyMs)} ms after the last fault`);
  return { pending, failedFiles, bufferEmptyMs: Math.round(emptyMs) };
}

function judgeRecovery(judgement: Judgement, evidence: RunEvidence) {
  const recoveries = recoveriesOf(evidence);
  const seen = recoveries.flatMap(({ queuedAfterMs }) => (queuedAfterMs === undefined ? [] : [queuedAfterMs]));
  const recoveryMs = Math.round(Math.max(0, ...seen));
  for (const { fault, queuedAfterMs, isOverdue } of recoveries) {
    const since = `${fault.kind} was healed at ${Math.round(fault.healedUs ?? 0)} µs`;
    if (isOverdue) judgement.accuse(`no push was queued again after ${fault.kind}`, [since]);
    else if (queuedAfterMs !== undefined && queuedAfterMs > RECOVERY_MS) {
      judgement.accuse(`pushes were queued again only ${Math.round(queuedAfterMs)} ms after ${fault.kind}`, [since]);
    }
  }
  return { recoveries: seen.length, recoveryMs };
}
