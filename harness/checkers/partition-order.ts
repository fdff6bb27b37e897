import { type DeliveryIndex, deliveryIndexOf } from '../history/delivery-index.ts';
import { isMissing, type RunEvidence } from '../history/evidence.ts';
import { cameBefore, type FirstDeliveries, firstDeliveriesOf, isLater, NEVER } from '../history/first-delivery.ts';
import { NO_ATTEMPT, type PushIndex, pushIndexOf } from '../history/push-index.ts';
import { sortByKey } from '../history/sort-by-key.ts';
import { describeDelivery, groupName } from './delivery-witness.ts';
import { cannotJudge, conclude, figure } from './findings.ts';
import { describeMessage, runTime } from './message-witness.ts';
import { messagesByPartition } from './partition-messages.ts';
import type { CheckResult } from './verdict.ts';
import { Violations } from './violations.ts';

const ORDER_VIOLATIONS = [
  /** Delivered before a message whose push was answered before this one's was sent. */
  'overtook',
  /** Delivered before a message that stood before it in the same request. */
  'overtookInRequest',
] as const;

/**
 * Each partition reaches each group in the order of real time: when push A was answered before push B was sent, the messages
 * of A are first delivered before those of B. A producer's requests, one after the other, are a case of that. Messages of
 * one request come in their order in it.
 *
 * A push counts from when to when push-index.ts says: the request that was answered `queued`, or up to the first answer
 * `buffered` or `duplicate`. So buffered messages keep their place among those pushed afterwards, directly or not. One of
 * which nobody knows the outcome may take its place at any time after it was sent: it may overtake anything that was pushed
 * later, but nothing that was answered before it was sent may come after it.
 *
 * The order of two deliveries is only certain when first-delivery.ts says so; where it is not, nobody is accused. Whether a
 * message was delivered at all is not asked here.
 */
export function checkPartitionOrder(evidence: RunEvidence): CheckResult {
  const { consumption, ledger, promises } = evidence;
  if (isMissing(consumption)) return cannotJudge('partition-order', consumption);
  const index = deliveryIndexOf(consumption, ledger.messages, promises.partitions);
  const pushes = pushIndexOf(evidence);
  const { byBeginning, byEnd } = sortedPushes(evidence, pushes);
  const violations = new Violations(ORDER_VIOLATIONS);
  let ordered = 0;
  for (const group of index.groups) {
    const firsts = firstDeliveriesOf(index, group, promises.leaseMs);
    const accuse = (name: (typeof ORDER_VIOLATIONS)[number], before: number, after: number) =>
      violations.add(name, () => witness(evidence, { index, pushes, firsts, group: group.name }, before, after));
    for (let partition = 0; partition < promises.partitions; partition += 1) {
      ordered += sweep(byBeginning[partition], byEnd[partition], { pushes, firsts, index }, accuse);
    }
    judgeRequests(evidence, { pushes, firsts, index }, accuse);
  }
  return conclude('partition-order', {
    violations,
    gaps: ordered === 0 ? ['nothing was delivered'] : [],
    counts: { ordered },
    acquittal: `${figure(ordered)} messages were first delivered in the order in which they were pushed`,
  });
}

type Accuse = (name: (typeof ORDER_VIOLATIONS)[number], before: number, after: number) => void;

interface Order {
  readonly pushes: PushIndex;
  readonly firsts: FirstDeliveries;
  readonly index: DeliveryIndex;
}

function sortedPushes({ ledger, promises }: RunEvidence, { notBeforeUs, notAfterUs }: PushIndex) {
  const messages = messagesByPartition(ledger, promises.partitions);
  return {
    byBeginning: messages.map((some) => sortByKey(some.slice(), (message) => notBeforeUs[message] ?? 0)),
    byEnd: messages.map((some) => sortByKey(some.slice(), (message) => notAfterUs[message] ?? 0)),
  };
}

/**
 * No pair is compared: in the order of their sending, each message is held against the latest first delivery of all
 * that were answered before. Returns how many messages were delivered.
 */
function sweep(
  byBeginning: Uint32Array = new Uint32Array(),
  byEnd: Uint32Array = new Uint32Array(),
  { pushes, firsts }: Order,
  accuse: Accuse,
): number {
  let delivered = 0;
  let latest = -1;
  let next = 0;
  for (const message of byBeginning) {
    const sentUs = pushes.notBeforeUs[message] ?? 0;
    // One that failed for certain has no place; that it was delivered is for accounting to tell.
    if (firsts.delivery[message] === NEVER || sentUs === Number.POSITIVE_INFINITY) continue;
    delivered += 1;
    for (; next < byEnd.length && (pushes.notAfterUs[byEnd[next] ?? 0] ?? 0) < sentUs; next += 1) {
      const earlier = byEnd[next] ?? 0;
      if (firsts.delivery[earlier] === NEVER) continue;
      if (latest < 0 || isLater(firsts, earlier, latest)) latest = earlier;
    }
    if (latest >= 0 && cameBefore(firsts, message, latest)) accuse('overtook', latest, message);
  }
  return delivered;
}

function judgeRequests({ ledger }: RunEvidence, order: Order, accuse: Accuse): void {
  const { pushes, firsts } = order;
  for (let request = 0; request < ledger.requests; request += 1) {
    let latest = -1;
    for (let message = ledger.firstMessage(request); message < ledger.firstMessage(request + 1); message += 1) {
      const attempt = pushes.placedBy[message];
      if (attempt === NO_ATTEMPT || firsts.delivery[message] === NEVER) continue;
      if (latest >= 0 && pushes.placedBy[latest] !== attempt) latest = -1;
      if (latest >= 0 && cameBefore(firsts, message, latest)) accuse('overtookInRequest', latest, message);
      if (latest < 0 || isLater(firsts, message, latest)) latest = message;
    }
  }
}

function witness(
  { ledger }: RunEvidence,
  { index: { history }, pushes, firsts, group }: Order & { readonly group: string },
  before: number,
  after: number,
): string {
  const place = (message: number) => {
    const [fromUs = 0, toUs = 0] = [pushes.notBeforeUs[message], pushes.notAfterUs[message]];
    const until = toUs === Number.POSITIVE_INFINITY ? 'an unknown time' : runTime(ledger, toUs);
    const placed = `took its place between ${runTime(ledger, fromUs)} and ${until}`;
    return [placed, `first delivered by ${describeDelivery(ledger, history, firsts.delivery[message] ?? 0)}`];
  };
  const [first, second] = [before, after].map((message) => describeMessage(ledger, message, place(message)));
  return `in ${groupName(group)} this came later: ${first}; than this: ${second}`;
}
