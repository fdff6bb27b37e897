import type { ConsumerHistory } from '../history/consumer-history.ts';
import { deliveryIndexOf, type GroupDeliveries } from '../history/delivery-index.ts';
import { isMissing, type RunEvidence } from '../history/evidence.ts';
import { isAutoAck, isCertainlyUnexpired, orderedFromUs } from '../history/lease-span.ts';
import { SETTLE_OUTCOME_CODE } from '../history/settlement.ts';
import { describeDeliveries } from './delivery-witness.ts';
import { cannotJudge, conclude, figure } from './findings.ts';
import type { CheckResult } from './verdict.ts';
import { Violations } from './violations.ts';

/** What may bring a message again, by what became of the delivery before. */
const LEGAL = ['afterNack', 'afterExpiry', 'afterUncertainAck'] as const;

type Redelivered = Record<(typeof LEGAL)[number], number>;

/**
 * Nothing is delivered to a group again once the group has completed it. Certain, and so a violation, is a delivery
 * - by a pop that was asked after the ack had been answered `completed` (with autoAck: after the pop had been answered), or
 * - by a pop that was asked before, as those that wait are, but granted after the completed one (see lease-span.ts), if the
 *   ack was answered while the lease was certainly in force: between the two grants nothing but the ack ended the lease.
 *   One that was answered before the ack was even sent is a second lease, and for `leases` to tell.
 *
 * An ack without a clear answer completes nothing here, whatever the server made of it. Redeliveries after a nack, a lease that
 * ran out or an uncertain ack are counted.
 */
export function checkRedelivery(evidence: RunEvidence): CheckResult {
  const { consumption, ledger, promises } = evidence;
  if (isMissing(consumption)) return cannotJudge('redelivery', consumption);
  const { history } = consumption;
  const { groups } = deliveryIndexOf(consumption, ledger.messages, promises.partitions);
  const violations = new Violations(['redelivered']);
  const legal: Redelivered = { afterNack: 0, afterExpiry: 0, afterUncertainAck: 0 };
  let completed = 0;
  for (const { byMessage } of groups) {
    for (let message = 0; message < ledger.messages; message += 1) {
      const deliveries = byMessage.entries.subarray(byMessage.start[message], byMessage.start[message + 1]);
      const done = completionOf(history, deliveries, promises.leaseMs);
      if (done !== undefined) completed += 1;
      for (let nth = 1; nth < deliveries.length; nth += 1) {
        const again = deliveries[nth] ?? 0;
        if (done !== undefined && cameAfter(history, done, again, promises.leaseMs)) {
          const shown = [done.delivery, again];
          violations.add('redelivered', () => describeDeliveries(ledger, history, message, shown));
        } else countLegal(legal, history, deliveries[nth - 1] ?? 0);
      }
    }
  }
  return conclude('redelivery', {
    violations,
    gaps: completed === 0 ? ['no message was completed'] : [],
    counts: {
      completed,
      redeliveries: sum(Object.values(legal)) + violations.count('redelivered'),
      ...legal,
      ...lost(groups),
    },
    acquittal: `none of ${figure(completed)} completed messages came again`,
  });
}

interface Completion {
  /** When somebody certainly knew that the message was completed. */
  readonly answeredUs: number;
  /** The delivery whose completion was answered first. */
  readonly delivery: number;
  /** The first delivery that was completed under a lease that was certainly in force, or by autoAck. */
  readonly underLease: number | undefined;
}

function completionOf(history: ConsumerHistory, deliveries: Uint32Array, leaseMs: number): Completion | undefined {
  let first: Completion | undefined;
  for (const delivery of deliveries) {
    if (history.outcomeCode(delivery) !== SETTLE_OUTCOME_CODE.completed) continue;
    const pop = history.popOf(delivery);
    const answeredUs = isAutoAck(history, pop) ? history.completedUs(pop) : history.settleCompletedUs(pop);
    const isUnderLease = isAutoAck(history, pop) || isCertainlyUnexpired(history, pop, leaseMs, answeredUs);
    const underLease = first?.underLease ?? (isUnderLease ? delivery : undefined);
    first =
      answeredUs < (first?.answeredUs ?? Number.POSITIVE_INFINITY)
        ? { answeredUs, delivery, underLease }
        : first && { ...first, underLease };
  }
  return first;
}

function cameAfter(history: ConsumerHistory, done: Completion, again: number, leaseMs: number): boolean {
  const pop = history.popOf(again);
  if (again !== done.delivery && history.invokedUs(pop) > done.answeredUs) return true;
  if (done.underLease === undefined || again === done.underLease) return false;
  const before = history.popOf(done.underLease);
  if (history.completedUs(before) >= orderedFromUs(history, pop, leaseMs)) return false;
  return isAutoAck(history, before) || history.completedUs(pop) >= history.settleInvokedUs(before);
}

function countLegal(legal: Redelivered, history: ConsumerHistory, before: number): void {
  const outcome = history.outcomeCode(before);
  if (outcome === SETTLE_OUTCOME_CODE.failed) legal.afterNack += 1;
  else if (outcome === SETTLE_OUTCOME_CODE.indeterminate || outcome === SETTLE_OUTCOME_CODE.completed)
    legal.afterUncertainAck += 1;
  else legal.afterExpiry += 1;
}

function lost(groups: readonly GroupDeliveries[]): { readonly lostPops: number } {
  return { lostPops: sum(groups.map(({ lostPops }) => lostPops)) };
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
