import type { DeliveryIndex, GroupDeliveries } from './delivery-index.ts';
import { orderedFromUs } from './lease-span.ts';

/**
 * When each message was first given to a group, as far as it is certain: its first delivery was not before `notBeforeUs`
 * and not after `notAfterUs`; both are infinite for one that was never delivered. A delivery certainly came before
 * another of its partition when its `notAfterUs` is less than the other's `notBeforeUs`, see lease-span.ts.
 */
export interface FirstDeliveries {
  readonly notBeforeUs: Float64Array;
  readonly notAfterUs: Float64Array;
  /** Number of the delivery that was answered first; {@link NEVER} for none. */
  readonly delivery: Uint32Array;
  /** The slice of each delivery, as in the index. */
  readonly sliceOf: Uint32Array;
}

export const NEVER = 0xffff_ffff;

const known = new WeakMap<GroupDeliveries, { readonly leaseMs: number; readonly firsts: FirstDeliveries }>();

/** The first deliveries to a group, made once for all checks. */
export function firstDeliveriesOf(index: DeliveryIndex, group: GroupDeliveries, leaseMs: number): FirstDeliveries {
  const found = known.get(group);
  if (found?.leaseMs === leaseMs) return found.firsts;
  const firsts = findFirsts(index, group, leaseMs);
  known.set(group, { leaseMs, firsts });
  return firsts;
}

function findFirsts(
  { history, sliceOf }: DeliveryIndex,
  { byMessage: { start, entries } }: GroupDeliveries,
  leaseMs: number,
): FirstDeliveries {
  const messages = start.length - 1;
  const notBeforeUs = new Float64Array(messages).fill(Number.POSITIVE_INFINITY);
  const notAfterUs = new Float64Array(messages).fill(Number.POSITIVE_INFINITY);
  const delivery = new Uint32Array(messages).fill(NEVER);
  for (let message = 0; message < messages; message += 1) {
    const from = start[message] ?? 0;
    const to = start[message + 1] ?? 0;
    if (from === to) continue;
    const first = entries[from] ?? 0;
    delivery[message] = first;
    notAfterUs[message] = history.completedUs(history.popOf(first));
    let earliestUs = Number.POSITIVE_INFINITY;
    for (let place = from; place < to; place += 1) {
      earliestUs = Math.min(earliestUs, orderedFromUs(history, history.popOf(entries[place] ?? 0), leaseMs));
    }
    notBeforeUs[message] = earliestUs;
  }
  return { notBeforeUs, notAfterUs, delivery, sliceOf };
}

/** Orders by the time of the first delivery, and within one reply by its order. */
export function isLater({ notBeforeUs, delivery }: FirstDeliveries, one: number, other: number): boolean {
  const byUs = (notBeforeUs[one] ?? 0) - (notBeforeUs[other] ?? 0);
  return byUs > 0 || (byUs === 0 && (delivery[one] ?? 0) > (delivery[other] ?? 0));
}

/** Whether the first delivery of one message certainly came before that of another of its partition. */
export function cameBefore(
  { notBeforeUs, notAfterUs, delivery, sliceOf }: FirstDeliveries,
  one: number,
  other: number,
): boolean {
  const first = delivery[one] ?? NEVER;
  const second = delivery[other] ?? NEVER;
  if (first !== NEVER && second !== NEVER && sliceOf[first] === sliceOf[second]) return first < second;
  return (notAfterUs[one] ?? 0) < (notBeforeUs[other] ?? 0);
}
