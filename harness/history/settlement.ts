/**
 * What a consumer did about the messages of a pop. The values are stored one byte a pop, so their order is part of the
 * history format.
 *
 * - `none`: nothing yet
 * - `autoAck`: the pop itself acknowledged
 * - `ack`, `nack`: it sent an acknowledgement, of success or of failure
 * - `expire`: it let the lease run out, on purpose; some acknowledge after that, and have a `settleStatus` then
 * - `crash`: its connection was cut on purpose, after the reply or before it (then `httpStatus` is 0)
 */
export const SETTLEMENTS = ['none', 'autoAck', 'ack', 'nack', 'expire', 'crash'] as const;

export type Settlement = (typeof SETTLEMENTS)[number];

/**
 * What the server said about one delivered message. One byte a delivery; the order is part of the history format.
 *
 * - `unsettled`: it was not asked
 * - `completed`: acknowledged, or delivered with autoAck
 * - `failed`: told as failed, and the server took it
 * - `refused`: the server did not take the acknowledgement, as with a lease that has run out
 * - `indeterminate`: nobody can tell, the answer did not come
 */
export const SETTLE_OUTCOMES = ['unsettled', 'completed', 'failed', 'refused', 'indeterminate'] as const;

export type SettleOutcome = (typeof SETTLE_OUTCOMES)[number];

export const SETTLEMENT_CODE = codes(SETTLEMENTS);

export const SETTLE_OUTCOME_CODE = codes(SETTLE_OUTCOMES);

function codes<const Word extends string>(words: readonly Word[]): Readonly<Record<Word, number>> {
  return Object.freeze(Object.fromEntries(words.map((word, code) => [word, code]))) as Readonly<Record<Word, number>>;
}
