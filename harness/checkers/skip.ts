import { type DeliveryIndex, deliveryIndexOf, type GroupDeliveries } from '../history/delivery-index.ts';
import { type Consumption, isMissing, type RunEvidence } from '../history/evidence.ts';
import { cameBefore, type FirstDeliveries, firstDeliveriesOf, isLater, NEVER } from '../history/first-delivery.ts';
import { isAcknowledged, type PushIndex, pushIndexOf } from '../history/push-index.ts';
import { SETTLE_OUTCOME_CODE } from '../history/settlement.ts';
import { mayBeDeadLetter } from './dead-letter-excuse.ts';
import { describeDeliveries, groupName } from './delivery-witness.ts';
import { cannotJudge, conclude, drainGaps, figure } from './findings.ts';
import { HoleSearch } from './hole-search.ts';
import { describeMessage } from './message-witness.ts';
import { messagesByPartition } from './partition-messages.ts';
import type { CheckResult } from './verdict.ts';
import { Violations } from './violations.ts';

const SKIP_VIOLATIONS = [
  /** Acknowledged and never delivered, although the group completed one that was pushed to the partition later. */
  'skipped',
  /** Delivered but not settled, and the next delivery of its partition went on behind it. */
  'passedOver',
  /** Delivered but not settled, and never again, although the drain was complete. */
  'abandoned',
  /** Delivered again in another order than before. */
  'disordered',
] as const;

/** Final: the message never came again, so that a lost answer with autoAck may have completed it. */
type Accuse = (name: (typeof SKIP_VIOLATIONS)[number], describe: () => string, isFinal: boolean) => void;

/**
 * A group works through a partition without leaving anything behind: it is given nothing that comes later as long as something
 * before it is not settled, and after a nack, a lease that ran out or a crash it starts again at the first message that is
 * not settled, in the same order and without holes. That is what the contract's cursor and ours promise; acks out of
 * order leave settled messages out of the second delivery, and of those nothing is demanded.
 *
 * Not settled means that no ack of the message was answered `completed`, or could have counted without an answer, before the
 * delivery that went on. Message order is by push for those never delivered (see push-index.ts) and by first delivery
 * otherwise. Excused are dead letters, also those that may be (see dead-letter-excuse.ts), and what may have been completed
 * by a pop with autoAck whose answer was lost. A delivery that went on while the first lease was certainly in force
 * is a second lease, and for `leases` to tell.
 */
export function checkSkip(evidence: RunEvidence): CheckResult {
  const { consumption, ledger, promises } = evidence;
  if (isMissing(consumption)) return cannotJudge('skip', consumption);
  const { history } = consumption;
  const index = deliveryIndexOf(consumption, ledger.messages, promises.partitions);
  const pushes = pushIndexOf(evidence);
  const byPartition = messagesByPartition(ledger, promises.partitions);
  const violations = new Violations(SKIP_VIOLATIONS);
  const gaps = [...drainGaps(consumption)];
  if (history.deliveries === 0) gaps.push('nothing was delivered');
  for (const group of index.groups) {
    const firsts = firstDeliveriesOf(index, group, promises.leaseMs);
    let unclear = 0;
    const accuse: Accuse = (name, describe, isFinal) => {
      if (isFinal && group.lostAutoAckPops > 0) unclear += 1;
      else violations.add(name, describe);
    };
    const isCompleted = completedOf(index, group);
    for (const messages of byPartition)
      judgeUndelivered(evidence, { messages, pushes, group, firsts, isCompleted }, accuse);
    judgeHoles(evidence, consumption, { index, group, firsts }, accuse);
    judgeReplies(evidence, { index, group, firsts }, accuse);
    if (unclear > 0)
      gaps.push(`${figure(unclear)} messages may have been in answers that ${groupName(group.name)} lost`);
  }
  return conclude('skip', {
    violations,
    gaps,
    counts: { deliveries: history.deliveries },
    acquittal: `${figure(history.deliveries)} deliveries left nothing behind`,
  });
}

/** Which messages a group has completed; one byte each. */
function completedOf({ history }: DeliveryIndex, { byMessage: { start, entries } }: GroupDeliveries): Uint8Array {
  const completed = new Uint8Array(start.length - 1);
  for (let message = 0; message < completed.length; message += 1) {
    for (let place = start[message] ?? 0; place < (start[message + 1] ?? 0); place += 1) {
      if (history.outcomeCode(entries[place] ?? 0) === SETTLE_OUTCOME_CODE.completed) completed[message] = 1;
    }
  }
  return completed;
}

interface Undelivered {
  /** Of one partition. */
  readonly messages: Uint32Array;
  readonly pushes: PushIndex;
  readonly group: GroupDeliveries;
  readonly firsts: FirstDeliveries;
  readonly isCompleted: Uint8Array;
}

function judgeUndelivered(
  evidence: RunEvidence,
  { messages, pushes, group, firsts, isCompleted }: Undelivered,
  accuse: Accuse,
): void {
  let last = -1;
  let lastSentUs = Number.NEGATIVE_INFINITY;
  for (const message of messages) {
    const sentUs = pushes.notBeforeUs[message] ?? 0;
    if (isCompleted[message] !== 1 || sentUs === Number.POSITIVE_INFINITY || sentUs <= lastSentUs) continue;
    last = message;
    lastSentUs = sentUs;
  }
  for (const message of messages) {
    if (firsts.delivery[message] !== NEVER || !isAcknowledged(pushes.answers[message] ?? 0)) continue;
    if ((pushes.notAfterUs[message] ?? 0) >= lastSentUs || mayBeDeadLetter(evidence, message, group, 0)) continue;
    accuse(
      'skipped',
      () => {
        const fact = `never delivered to ${groupName(group.name)}, which completed message ${last}`;
        return `${describeMessage(evidence.ledger, message, [fact])}; later: ${describeMessage(evidence.ledger, last, [])}`;
      },
      true,
    );
  }
}

interface Given {
  readonly index: DeliveryIndex;
  readonly group: GroupDeliveries;
  readonly firsts: FirstDeliveries;
}

function judgeHoles(evidence: RunEvidence, { history, drained }: Consumption, given: Given, accuse: Accuse): void {
  const { ledger } = evidence;
  const { group } = given;
  const search = new HoleSearch(given, evidence.promises.leaseMs);
  for (let message = 0; message < ledger.messages; message += 1) {
    const deliveries = group.byMessage.entries.subarray(
      group.byMessage.start[message],
      group.byMessage.start[message + 1],
    );
    const settledUs = search.settledFromUs(deliveries);
    for (let nth = 0; nth < deliveries.length; nth += 1) {
      const isLast = nth + 1 === deliveries.length;
      const delivery = deliveries[nth] ?? 0;
      if (!search.isOpen(delivery)) continue;
      if (isLast && mayBeDeadLetter(evidence, message, group, deliveries.length)) continue;
      const by = search.passedOverBy(message, delivery, { again: deliveries[nth + 1], settledUs });
      if (by !== undefined) {
        accuse(
          'passedOver',
          () => {
            const later = describeDeliveries(ledger, history, history.message(by), [by]);
            return `${describeDeliveries(ledger, history, message, [delivery])}; then without it ${later}`;
          },
          isLast,
        );
        break;
      }
      if (isLast && drained[group.group] === true && settledUs === Number.POSITIVE_INFINITY) {
        accuse('abandoned', () => describeDeliveries(ledger, history, message, [...deliveries]), true);
      }
    }
  }
}

/** What comes again comes in the order of the first time. */
function judgeReplies({ ledger }: RunEvidence, { index, group, firsts }: Given, accuse: Accuse): void {
  const { history, sliceStart } = index;
  for (const slice of group.byPartition.entries) {
    let latest = -1;
    for (let delivery = sliceStart[slice] ?? 0; delivery < (sliceStart[slice + 1] ?? 0); delivery += 1) {
      const message = history.message(delivery);
      if (message >= ledger.messages) continue;
      if (latest < 0) latest = delivery;
      const before = history.message(latest);
      if (cameBefore(firsts, message, before)) {
        accuse(
          'disordered',
          () => {
            const first = describeDeliveries(ledger, history, before, [firsts.delivery[before] ?? 0, latest]);
            return `${first}; before ${describeDeliveries(ledger, history, message, [firsts.delivery[message] ?? 0, delivery])}`;
          },
          false,
        );
      } else if (isLater(firsts, message, before)) latest = delivery;
    }
  }
}
