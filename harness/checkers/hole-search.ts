import type { DeliveryIndex, GroupDeliveries } from '../history/delivery-index.ts';
import { cameBefore, type FirstDeliveries, isLater } from '../history/first-delivery.ts';
import { heldToUs, isAutoAck, orderedFromUs } from '../history/lease-span.ts';
import { SETTLE_OUTCOME_CODE } from '../history/settlement.ts';

/** Looks for deliveries of a group that went on behind a message which was still to be settled. */
export class HoleSearch {
  readonly #index: DeliveryIndex;
  readonly #group: GroupDeliveries;
  readonly #firsts: FirstDeliveries;
  readonly #leaseMs: number;
  /** Of each slice, the delivery of the message that was first delivered last; made when it is asked for. */
  readonly #latest = new Map<number, number>();

  constructor(
    {
      index,
      group,
      firsts,
    }: { readonly index: DeliveryIndex; readonly group: GroupDeliveries; readonly firsts: FirstDeliveries },
    leaseMs: number,
  ) {
    this.#index = index;
    this.#group = group;
    this.#firsts = firsts;
    this.#leaseMs = leaseMs;
  }

  /** Whether a delivery certainly did not settle its message. */
  isOpen(delivery: number): boolean {
    const outcome = this.#index.history.outcomeCode(delivery);
    return outcome !== SETTLE_OUTCOME_CODE.completed && outcome !== SETTLE_OUTCOME_CODE.indeterminate;
  }

  /** From when on one of these deliveries of a message may have settled it; infinite when none may. */
  settledFromUs(deliveries: Uint32Array): number {
    const { history } = this.#index;
    let fromUs = Number.POSITIVE_INFINITY;
    for (const delivery of deliveries) {
      if (this.isOpen(delivery)) continue;
      const pop = history.popOf(delivery);
      fromUs = Math.min(fromUs, isAutoAck(history, pop) ? history.invokedUs(pop) : history.settleInvokedUs(pop));
    }
    return fromUs;
  }

  /**
   * The delivery of a later message, between `delivery` and the one that brought the message `again`, that certainly came
   * while it was open and its lease over, or may have been. Stops at the first, which mostly is the next reply.
   */
  passedOverBy(
    message: number,
    delivery: number,
    { again, settledUs }: { readonly again: number | undefined; readonly settledUs: number },
  ): number | undefined {
    const { history, sliceOf, sliceRank, slicePop } = this.#index;
    const slice = sliceOf[delivery] ?? 0;
    const pop = history.popOf(delivery);
    const partition = history.partition(delivery);
    const { start, entries } = this.#group.byPartition;
    const heldUs = heldToUs(history, pop, this.#leaseMs);
    const againUs =
      again === undefined ? Number.POSITIVE_INFINITY : orderedFromUs(history, history.popOf(again), this.#leaseMs);
    const from = (start[partition] ?? 0) + (sliceRank[slice] ?? 0) + 1;
    for (let place = from; place < (start[partition + 1] ?? 0); place += 1) {
      const next = entries[place] ?? 0;
      const nextPop = slicePop[next] ?? 0;
      const answeredUs = history.completedUs(nextPop);
      if (answeredUs >= againUs || answeredUs >= settledUs) return undefined;
      if (answeredUs < heldUs || history.completedUs(pop) >= orderedFromUs(history, nextPop, this.#leaseMs)) continue;
      const latest = this.#latestOf(next);
      if (latest !== undefined && cameBefore(this.#firsts, message, history.message(latest))) return latest;
    }
    return undefined;
  }

  #latestOf(slice: number): number | undefined {
    const known = this.#latest.get(slice);
    if (known !== undefined) return known;
    const { history, sliceStart } = this.#index;
    let latest: number | undefined;
    for (let delivery = sliceStart[slice] ?? 0; delivery < (sliceStart[slice + 1] ?? 0); delivery += 1) {
      const message = history.message(delivery);
      if (message >= this.#firsts.delivery.length) continue;
      if (latest === undefined || isLater(this.#firsts, message, history.message(latest))) latest = delivery;
    }
    if (latest !== undefined) this.#latest.set(slice, latest);
    return latest;
  }
}
