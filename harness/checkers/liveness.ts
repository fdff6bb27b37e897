import { type DeliveryIndex, deliveryIndexOf, type GroupDeliveries } from '../history/delivery-index.ts';
import { isMissing, type RunEvidence } from '../history/evidence.ts';
import { type FirstDeliveries, firstDeliveriesOf } from '../history/first-delivery.ts';
import { isAcknowledged, type PushIndex, pushIndexOf } from '../history/push-index.ts';
import { groupName } from './delivery-witness.ts';
import { cannotJudge, conclude, drainGaps } from './findings.ts';
import { describeMessage, runTime } from './message-witness.ts';
import { messagesByPartition } from './partition-messages.ts';
import type { CheckResult } from './verdict.ts';
import { Violations } from './violations.ts';

/** Stalls up to here are not looked for. */
const WORTH_TELLING_MS = 1_000;

/** How long a server may need to find a message again, beyond the lease that somebody may hold on its partition. */
const PATIENCE_MS = 30_000;

/**
 * Once all faults have healed, an acknowledged message does not lie in a partition from which nothing is given to a group for
 * 30 s and the length of a lease, while the group asks for more.
 *
 * A message may wait longer than that when others of its partition are served before it: that is a backlog. So is it when
 * the consumers are busy elsewhere; they ask for more when, in that time, one of their pops was answered with nothing after
 * any lease on the partition was over, or when they were answered with messages twice as often as there are partitions,
 * so that every partition's turn has come. A pop whose answer was lost may hold the partition as well, and counts as a delivery
 * from it.
 *
 * Only for consumers that work beside the producers: what a drain does not find is for accounting to tell.
 */
export function checkLiveness(evidence: RunEvidence): CheckResult {
  const { consumption, ledger, promises, faults } = evidence;
  if (isMissing(consumption)) return cannotJudge('liveness', consumption);
  const index = deliveryIndexOf(consumption, ledger.messages, promises.partitions);
  const pushes = pushIndexOf(evidence);
  const violations = new Violations(['stalled']);
  const gaps = [...drainGaps(consumption)];
  const injected = faults.filter(({ outcome }) => outcome === 'injected');
  for (const { kind, healedUs } of injected) if (healedUs === undefined) gaps.push(`${kind} was never seen to heal`);
  const healedUs = Math.max(
    Number.NEGATIVE_INFINITY,
    ...injected.map((fault) => fault.healedUs ?? Number.POSITIVE_INFINITY),
  );
  if (!consumedBeside(index, pushes)) gaps.push('nobody consumed while the producers pushed');
  const byPartition = messagesByPartition(ledger, promises.partitions);
  let longestMs = 0;
  for (const group of index.groups) {
    const firsts = firstDeliveriesOf(index, group, promises.leaseMs);
    const watch = {
      index,
      group,
      firsts,
      pushes,
      healedUs,
      leaseMs: promises.leaseMs,
      partitions: promises.partitions,
    };
    for (const [partition, messages] of byPartition.entries()) {
      const stall = longestStall(watch, partition, messages);
      if (stall === undefined) continue;
      longestMs = Math.max(longestMs, (stall.toUs - stall.fromUs) / 1_000);
      if (!isViolation(watch, stall)) continue;
      violations.add('stalled', () => {
        const span = `from ${runTime(ledger, stall.fromUs)} to ${runTime(ledger, stall.toUs)}`;
        const fact = `${groupName(group.name)} asked and was given nothing of partition ${partition} ${span}`;
        return describeMessage(ledger, stall.message, [fact]);
      });
    }
  }
  const longest = `${Math.round(Math.max(longestMs, WORTH_TELLING_MS))} ms`;
  return conclude('liveness', {
    violations,
    gaps,
    counts: { longestStallMs: Math.round(longestMs) },
    acquittal: `no partition with messages stood still for more than ${longest} beside asking consumers`,
  });
}

function consumedBeside({ history }: DeliveryIndex, { notBeforeUs }: PushIndex): boolean {
  const lastPushUs = notBeforeUs.reduce((last, us) => (us < Number.POSITIVE_INFINITY ? Math.max(last, us) : last), 0);
  return history.pops > 0 && history.invokedUs(0) < lastPushUs;
}

interface Watch {
  readonly index: DeliveryIndex;
  readonly group: GroupDeliveries;
  readonly firsts: FirstDeliveries;
  readonly pushes: PushIndex;
  readonly healedUs: number;
  readonly leaseMs: number;
  readonly partitions: number;
}

interface Stall {
  readonly fromUs: number;
  readonly toUs: number;
  /** One that lay there all the time. */
  readonly message: number;
}

/**
 * The longest time without a delivery from a partition in which an acknowledged message was to be had. The times between
 * deliveries are looked at one by one, and the messages only for those that are longer than the longest so far.
 */
function longestStall(watch: Watch, partition: number, messages: Uint32Array): Stall | undefined {
  const { index, group, healedUs } = watch;
  const { start, entries } = group.byPartition;
  const { history } = index;
  const [first] = group.pops;
  if (first === undefined) return undefined;
  const endUs = group.pops.reduce((last, pop) => Math.max(last, history.completedUs(pop)), 0);
  let longest: Stall | undefined;
  let fromUs = Math.max(healedUs, history.completedUs(first));
  const close = (toUs: number) => {
    const longestUs = longest === undefined ? WORTH_TELLING_MS * 1_000 : longest.toUs - longest.fromUs;
    if (toUs - fromUs > longestUs) longest = waitingLongest(watch, messages, { fromUs, toUs }, longestUs) ?? longest;
    fromUs = Math.max(fromUs, toUs);
  };
  for (let place = start[partition] ?? 0; place < (start[partition + 1] ?? 0); place += 1) {
    close(history.completedUs(index.slicePop[entries[place] ?? 0] ?? 0));
  }
  close(endUs);
  return longest;
}

function waitingLongest(
  { pushes, firsts }: Watch,
  messages: Uint32Array,
  { fromUs, toUs }: { readonly fromUs: number; readonly toUs: number },
  atLeastUs: number,
): Stall | undefined {
  let longest: Stall | undefined;
  for (const message of messages) {
    if (!isAcknowledged(pushes.answers[message] ?? 0) || (firsts.notAfterUs[message] ?? 0) < toUs) continue;
    const sinceUs = Math.max(fromUs, pushes.notAfterUs[message] ?? 0);
    const longestUs = longest === undefined ? atLeastUs : longest.toUs - longest.fromUs;
    if (toUs - sinceUs > longestUs) longest = { fromUs: sinceUs, toUs, message };
  }
  return longest;
}

function isViolation(
  { index: { history, sliceStart, slicePop }, group, leaseMs, partitions }: Watch,
  stall: Stall,
): boolean {
  if (stall.toUs - stall.fromUs <= (PATIENCE_MS + leaseMs) * 1_000) return false;
  let fromUs = stall.fromUs;
  for (const pop of group.pops) {
    const isUnanswered = history.httpStatus(pop) === 0 || history.httpStatus(pop) >= 500;
    if (isUnanswered && history.invokedUs(pop) < stall.toUs) fromUs = Math.max(fromUs, history.completedUs(pop));
  }
  if (stall.toUs - fromUs <= (PATIENCE_MS + leaseMs) * 1_000) return false;
  const freeUs = fromUs + leaseMs * 1_000;
  const withMessages = new Set<number>();
  for (let slice = 0; slice + 1 < sliceStart.length; slice += 1) withMessages.add(slicePop[slice] ?? 0);
  let served = 0;
  for (const pop of group.pops) {
    if (history.invokedUs(pop) < freeUs || history.completedUs(pop) > stall.toUs || history.completedUs(pop) === 0)
      continue;
    if (history.httpStatus(pop) < 200 || history.httpStatus(pop) > 299) continue;
    if (!withMessages.has(pop)) return true;
    served += 1;
  }
  return served >= 2 * partitions;
}
