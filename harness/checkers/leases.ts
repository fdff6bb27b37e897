import type { ConsumerHistory } from '../history/consumer-history.ts';
import { type DeliveryIndex, deliveryIndexOf, type GroupDeliveries } from '../history/delivery-index.ts';
import { isMissing, type RunEvidence } from '../history/evidence.ts';
import { heldToUs, isAutoAck } from '../history/lease-span.ts';
import { describeDeliveries, describePop, groupName } from './delivery-witness.ts';
import { cannotJudge, conclude, figure } from './findings.ts';
import type { CheckResult } from './verdict.ts';
import { Violations } from './violations.ts';

const LEASE_VIOLATIONS = [
  /** Given to a second consumer of the group while the first one certainly held it. */
  'messageLeasedTwice',
  /** Other messages of the partition were, which the lease covers too. */
  'partitionLeasedTwice',
  /** Two pops at the same time that acknowledge by themselves both brought the message. */
  'completedTwice',
  /** Two pops were answered with one lease id. */
  'sharedLease',
] as const;

/**
 * While a consumer holds a lease nobody else of its group is given anything of the partition. The lease is one of the whole
 * partition, in the contract as in ours: with two consumers in one partition at once its order would mean nothing.
 *
 * Held for certain is from the answer to the pop until the lease can have run out at the earliest, or its consumer asked to
 * end it (see lease-span.ts for the slack). Two leases are a violation when there is a moment at which both are held for
 * certain; a pop without a lease (autoAck) when its whole time lies in a lease. Faults excuse nothing: a lease is in the
 * database, and neither a cut nor a crash of the server ends it.
 */
export function checkLeases(evidence: RunEvidence): CheckResult {
  const { consumption, ledger, promises } = evidence;
  if (isMissing(consumption)) return cannotJudge('leases', consumption);
  const { history } = consumption;
  const index = deliveryIndexOf(consumption, ledger.messages, promises.partitions);
  const violations = new Violations(LEASE_VIOLATIONS);
  const leases = judgeLeaseIds(evidence, history, violations);
  for (const group of index.groups) {
    const accused = judgeMessages(evidence, history, group, violations);
    for (let partition = 0; partition < promises.partitions; partition += 1) {
      judgePartition(evidence, { index, group, partition, accused }, violations);
    }
  }
  return conclude('leases', {
    violations,
    gaps: history.deliveries === 0 ? ['nothing was delivered'] : [],
    counts: { pops: history.pops, leases },
    acquittal: `${figure(leases)} leases, no partition of a group was held twice at once`,
  });
}

/** Returns how many different leases there were. */
function judgeLeaseIds(
  { ledger }: RunEvidence,
  history: ConsumerHistory,
  violations: Violations<(typeof LEASE_VIOLATIONS)[number]>,
): number {
  let most = 0;
  for (let pop = 0; pop < history.pops; pop += 1) most = Math.max(most, history.lease(pop));
  /** The pop of a lease, plus one. */
  const popOf = new Uint32Array(most + 1);
  let leases = 0;
  for (let pop = 0; pop < history.pops; pop += 1) {
    const lease = history.lease(pop);
    if (lease === 0) continue;
    const before = (popOf[lease] ?? 0) - 1;
    if (before < 0) {
      popOf[lease] = pop + 1;
      leases += 1;
    } else {
      const told = [before, pop].map((one) => describePop(ledger, history, one)).join('; and ');
      violations.add('sharedLease', () => `lease number ${lease}: ${told}`);
    }
  }
  return leases;
}

interface Place {
  readonly index: DeliveryIndex;
  readonly group: GroupDeliveries;
  readonly partition: number;
  /** Pops that were accused because of a message; what else they did to their partition follows from that. */
  readonly accused: ReadonlySet<number>;
}

function judgePartition(
  { ledger, promises: { leaseMs } }: RunEvidence,
  { index, group, partition, accused }: Place,
  violations: Violations<(typeof LEASE_VIOLATIONS)[number]>,
): void {
  const { history, slicePop, sliceStart } = index;
  const { start, entries } = group.byPartition;
  let holder = -1;
  let holderToUs = 0;
  for (let place = start[partition] ?? 0; place < (start[partition + 1] ?? 0); place += 1) {
    const slice = entries[place] ?? 0;
    const pop = slicePop[slice] ?? 0;
    if (accused.has(pop)) continue;
    if (holder >= 0 && areHeldAtOnce(history, slicePop[holder] ?? 0, pop, leaseMs)) {
      const shown = [sliceStart[holder] ?? 0, sliceStart[slice] ?? 0];
      violations.add('partitionLeasedTwice', () => {
        const told = shown.map((one) => describeDeliveries(ledger, history, history.message(one), [one]));
        return `partition ${partition} for ${groupName(group.name)}: ${told.join('; and ')}`;
      });
    }
    const toUs = heldToUs(history, pop, leaseMs);
    if (toUs > holderToUs) {
      holder = slice;
      holderToUs = toUs;
    }
  }
}

/** Whether there is a moment at which both pops, answered one after the other, held their messages for certain. */
function areHeldAtOnce(history: ConsumerHistory, first: number, second: number, leaseMs: number): boolean {
  if (first === second || history.completedUs(second) >= heldToUs(history, first, leaseMs)) return false;
  return isAutoAck(history, second)
    ? history.invokedUs(second) >= history.completedUs(first)
    : history.completedUs(second) < heldToUs(history, second, leaseMs);
}

/**
 * A message twice in one reply, held by two consumers at once, or brought by two pops at once that acknowledge by themselves and
 * so hold nothing. That a later one brings it again is for `redelivery` to tell. Returns the pops that brought a
 * message too often.
 */
function judgeMessages(
  { ledger, promises: { leaseMs } }: RunEvidence,
  history: ConsumerHistory,
  { byMessage: { start, entries } }: GroupDeliveries,
  violations: Violations<(typeof LEASE_VIOLATIONS)[number]>,
): ReadonlySet<number> {
  const accused = new Set<number>();
  for (let message = 0; message < ledger.messages; message += 1) {
    for (let place = (start[message] ?? 0) + 1; place < (start[message + 1] ?? 0); place += 1) {
      const [before, again] = [entries[place - 1] ?? 0, entries[place] ?? 0];
      const [first, second] = [history.popOf(before), history.popOf(again)];
      const name = violationOf(history, first, second, leaseMs);
      if (name === undefined) continue;
      accused.add(second);
      violations.add(name, () => describeDeliveries(ledger, history, message, [before, again]));
    }
  }
  return accused;
}

function violationOf(
  history: ConsumerHistory,
  first: number,
  second: number,
  leaseMs: number,
): 'completedTwice' | 'messageLeasedTwice' | undefined {
  const isAutoAckTwice = isAutoAck(history, first) && isAutoAck(history, second);
  if (isAutoAckTwice) return history.invokedUs(second) <= history.completedUs(first) ? 'completedTwice' : undefined;
  return first === second || areHeldAtOnce(history, first, second, leaseMs) ? 'messageLeasedTwice' : undefined;
}
