import type { ConsumerHistory } from '../history/consumer-history.ts';
import { type DeliveryIndex, deliveryIndexOf } from '../history/delivery-index.ts';
import { isMissing, type RunEvidence } from '../history/evidence.ts';
import type { FaultRecord } from '../history/fault-record.ts';
import { isCertainlyUnexpired, latestExpiryUs, orderedFromUs } from '../history/lease-span.ts';
import { SETTLE_OUTCOME_CODE, SETTLEMENT_CODE } from '../history/settlement.ts';
import { describeDeliveries } from './delivery-witness.ts';
import { cannotJudge, conclude, figure } from './findings.ts';
import type { CheckResult } from './verdict.ts';
import { Violations } from './violations.ts';

const ACK_VIOLATIONS = [
  /** Refused although its lease was certainly in force, and no fault was near. */
  'refused',
  /** Taken although its lease had certainly run out and another consumer had been given the message. */
  'staleAccepted',
  /** A message reported as completed was taken as failed, or the other way round. */
  'contradicted',
  /** Answers to pops and acks that are none by the contract. */
  'malformed',
] as const;

/** After a fault has healed the server may need so long to be itself again. */
const FAULT_AFTERMATH_US = 1_000_000;

/**
 * An ack under a lease in force is taken, an ack under a lease that was lost to another consumer is not. For runs whose consumers
 * acknowledge by request.
 *
 * In force, and run out, mean that they certainly are by our clock, see lease-span.ts: of an ack within the slack nothing
 * is demanded. A late ack that nobody else's lease stands against may be taken. While a fault was near, or one second after,
 * a refusal is excused, for the server may have had to give up what it was doing; taking a stale ack never is.
 */
export function checkAcks(evidence: RunEvidence): CheckResult {
  const { consumption, ledger, promises } = evidence;
  if (isMissing(consumption)) return cannotJudge('acks', consumption);
  const { history } = consumption;
  const index = deliveryIndexOf(consumption, ledger.messages, promises.partitions);
  const violations = new Violations(ACK_VIOLATIONS);
  violations.addCounted('malformed', consumption.malformed);
  const counts = { sent: 0, completed: 0, failed: 0, refusedLate: 0, indeterminate: 0 };
  for (let delivery = 0; delivery < history.deliveries; delivery += 1) {
    const pop = history.popOf(delivery);
    const asked = askedFor(history, pop);
    if (asked === undefined) continue;
    counts.sent += 1;
    const message = history.message(delivery);
    const describe = (...others: readonly number[]) =>
      describeDeliveries(ledger, history, message, [delivery, ...others]);
    switch (history.outcomeCode(delivery)) {
      case SETTLE_OUTCOME_CODE.completed:
      case SETTLE_OUTCOME_CODE.failed: {
        const answered = history.outcomeCode(delivery) === SETTLE_OUTCOME_CODE.completed ? 'completed' : 'failed';
        counts[answered] += 1;
        if (answered !== asked) violations.add('contradicted', describe);
        const holder = holderAtAck(index, delivery, evidence);
        if (holder !== undefined) violations.add('staleAccepted', () => describe(holder));
        break;
      }
      case SETTLE_OUTCOME_CODE.refused:
        if (message < ledger.messages && isWronglyRefused(history, pop, evidence)) violations.add('refused', describe);
        else counts.refusedLate += 1;
        break;
      default:
        counts.indeterminate += 1;
    }
  }
  return conclude('acks', {
    violations,
    gaps: counts.sent === 0 ? ['no message was acknowledged'] : [],
    counts,
    acquittal: `of ${figure(counts.sent)} acks none was refused in time, none taken too late`,
  });
}

/** What a consumer asked the server to take its messages for; undefined when it asked for nothing. */
function askedFor(history: ConsumerHistory, pop: number): 'completed' | 'failed' | undefined {
  switch (history.settlementCode(pop)) {
    case SETTLEMENT_CODE.ack:
      return 'completed';
    case SETTLEMENT_CODE.nack:
      return 'failed';
    case SETTLEMENT_CODE.expire:
      return history.settleCompletedUs(pop) > 0 ? 'completed' : undefined;
    default:
      return undefined;
  }
}

/** The delivery by which another consumer held the message when a stale ack of it was sent. */
function holderAtAck(
  { history, groups }: DeliveryIndex,
  delivery: number,
  { ledger, promises: { leaseMs } }: RunEvidence,
): number | undefined {
  const pop = history.popOf(delivery);
  const message = history.message(delivery);
  const ackedUs = history.settleInvokedUs(pop);
  if (message >= ledger.messages || ackedUs <= latestExpiryUs(history, pop, leaseMs)) return undefined;
  const { start, entries } = (groups[history.group(pop)] as DeliveryIndex['groups'][number]).byMessage;
  return entries.subarray(start[message], start[message + 1]).find((other) => {
    const holder = history.popOf(other);
    if (holder === pop || history.completedUs(holder) >= ackedUs) return false;
    return history.completedUs(pop) < orderedFromUs(history, holder, leaseMs);
  });
}

/** Whether the messages of a pop were refused although its lease was certainly in force, and no fault was near. */
export function isWronglyRefused(history: ConsumerHistory, pop: number, { promises, faults }: RunEvidence): boolean {
  const answeredUs = history.settleCompletedUs(pop);
  if (!isCertainlyUnexpired(history, pop, promises.leaseMs, answeredUs)) return false;
  return !faults.some((fault) => overlaps(fault, history.invokedUs(pop), answeredUs));
}

function overlaps({ outcome, invokedUs, healedUs }: FaultRecord, fromUs: number, toUs: number): boolean {
  const endUs = healedUs === undefined ? Number.POSITIVE_INFINITY : healedUs + FAULT_AFTERMATH_US;
  return outcome !== 'impossible' && invokedUs <= toUs && endUs >= fromUs;
}
