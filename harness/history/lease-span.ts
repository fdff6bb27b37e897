import type { ConsumerHistory } from './consumer-history.ts';
import { SETTLEMENT_CODE } from './settlement.ts';

// What is certain, from outside, of a pop's grant and of its lease. The server took the messages at some moment between the
// pop and its answer; the lease runs from that moment, by the database's clock.

/**
 * How far the database's clock, which measures leases, may run ahead of or behind ours: 50 ms for the granularity of its
 * timers and of our time stamps, and a thousandth of the lease, twice what NTP corrects a clock by (500 ppm).
 */
function leaseSlackUs(leaseMs: number): number {
  return 50_000 + leaseMs;
}

/** The earliest moment at which a lease can have run out. */
function earliestExpiryUs(history: ConsumerHistory, pop: number, leaseMs: number): number {
  return history.invokedUs(pop) + leaseMs * 1_000 - leaseSlackUs(leaseMs);
}

/** The moment by which it certainly has. */
export function latestExpiryUs(history: ConsumerHistory, pop: number, leaseMs: number): number {
  return history.completedUs(pop) + leaseMs * 1_000 + leaseSlackUs(leaseMs);
}

/** Whether the pop acknowledged by itself, so that nothing was leased. */
export function isAutoAck(history: ConsumerHistory, pop: number): boolean {
  return history.settlementCode(pop) === SETTLEMENT_CODE.autoAck;
}

/**
 * The earliest moment of a pop's grant, compared with the grants of the same partition to the same group that were answered
 * before: whatever was answered before it was granted before. For a pop without a lease that is the moment it was asked.
 *
 * With a lease it is the answer itself. A grant X that was answered earlier cannot have come after the grant of this pop:
 * this pop's lease would have had to end before X, and its consumer cannot have ended it before it had the answer. Only
 * a lease that ran out before its answer came leaves the order open.
 */
export function orderedFromUs(history: ConsumerHistory, pop: number, leaseMs: number): number {
  if (isAutoAck(history, pop)) return history.invokedUs(pop);
  return Math.min(history.completedUs(pop), earliestExpiryUs(history, pop, leaseMs));
}

/** Whether somebody asked to end the lease, whatever was answered. */
function wasSettled(history: ConsumerHistory, pop: number): boolean {
  return history.settleInvokedUs(pop) > 0 && (history.settleCompletedUs(pop) > 0 || history.settleStatus(pop) > 0);
}

/**
 * Until when the lease of an answered pop was certainly in force: until it could have run out at the earliest, or its
 * consumer asked to end it, whatever it was answered. A connection cut on purpose counts as such a request: a server that
 * takes the lease of a consumer back that is gone breaks no promise.
 */
export function heldToUs(history: ConsumerHistory, pop: number, leaseMs: number): number {
  const expiryUs = earliestExpiryUs(history, pop, leaseMs);
  switch (history.settlementCode(pop)) {
    case SETTLEMENT_CODE.none:
      return expiryUs;
    case SETTLEMENT_CODE.expire:
      return wasSettled(history, pop) ? Math.min(expiryUs, history.settleInvokedUs(pop)) : expiryUs;
    case SETTLEMENT_CODE.autoAck:
      return history.invokedUs(pop);
    default:
      return Math.min(expiryUs, history.settleInvokedUs(pop));
  }
}

/** Whether a lease was certainly in force all the time up to `untilUs`, if nobody ended it. */
export function isCertainlyUnexpired(history: ConsumerHistory, pop: number, leaseMs: number, untilUs: number): boolean {
  return untilUs > 0 && untilUs < earliestExpiryUs(history, pop, leaseMs);
}
