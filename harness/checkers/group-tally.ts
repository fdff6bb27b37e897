import { type DeliveryIndex, deliveryIndexOf, type GroupDeliveries } from '../history/delivery-index.ts';
import { isMissing, type RunEvidence } from '../history/evidence.ts';
import { SETTLE_OUTCOME_CODE } from '../history/settlement.ts';
import { mayBeDeadLetter } from './dead-letter-excuse.ts';

/** What one group received, by message number; every count saturates at 255. */
export interface GroupTally {
  readonly name: string;
  readonly delivered: Uint8Array;
  /** Deliveries that were acknowledged, by request or by autoAck. */
  readonly completed: Uint8Array;
  /** True when no delivery means that none will come. */
  readonly isDrained: boolean;
  /** Whether a message may rightly never have been seen, although it was acknowledged. */
  readonly mayBeUnseen: (message: number) => boolean;
}

const MOST_COUNTED = 255;

/** What each group received; undefined when nobody knows. */
export function tallyGroups(evidence: RunEvidence): readonly GroupTally[] | undefined {
  const { consumption, ledger, promises } = evidence;
  if (isMissing(consumption)) return undefined;
  const index = deliveryIndexOf(consumption, ledger.messages, promises.partitions);
  return index.groups.map((group) => tallyGroup(evidence, index, group, consumption.drained[group.group] === true));
}

/**
 * A message that nobody saw may have been completed by autoAck in an answer that was lost, or have become a dead letter by
 * leases that ran out on answers that were lost.
 */
function tallyGroup(
  evidence: RunEvidence,
  { history }: DeliveryIndex,
  group: GroupDeliveries,
  isDrained: boolean,
): GroupTally {
  const { start, entries } = group.byMessage;
  const delivered = new Uint8Array(start.length - 1);
  const completed = new Uint8Array(start.length - 1);
  for (let message = 0; message < delivered.length; message += 1) {
    const [from, to] = [start[message] ?? 0, start[message + 1] ?? 0];
    delivered[message] = Math.min(MOST_COUNTED, to - from);
    let count = 0;
    for (let place = from; place < to; place += 1) {
      if (history.outcomeCode(entries[place] ?? 0) === SETTLE_OUTCOME_CODE.completed) count += 1;
    }
    completed[message] = Math.min(MOST_COUNTED, count);
  }
  const { lostPops, lostAutoAckPops } = group;
  const mayBeUnseen = (message: number) =>
    lostAutoAckPops > 0 || (lostPops > evidence.promises.retryLimit && mayBeDeadLetter(evidence, message, group, 0));
  return { name: group.name, delivered, completed, isDrained, mayBeUnseen };
}
