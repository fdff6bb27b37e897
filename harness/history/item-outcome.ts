/**
 * What became of one message of a push, as the producer saw it. The values are stored one byte a message, so their
 * order is part of the history format.
 *
 * - `pending`: sent, no reply yet (only while the load runs)
 * - `queued`, `duplicate`, `buffered`, `failed`: the status word the server gave this item
 * - `rejected`: the whole request was refused before anything was stored (HTTP 4xx, or no connection could be opened)
 * - `indeterminate`: nobody can tell: time-out, socket cut after the write, HTTP 5xx, load ended before the reply
 * - `malformed`: the reply answered this item with a word outside the contract, another id, no message id, or not at all
 *   (an HTTP 2xx whose body is no list of items answers none)
 */
export const ITEM_OUTCOMES = [
  'pending',
  'queued',
  'duplicate',
  'buffered',
  'failed',
  'rejected',
  'indeterminate',
  'malformed',
] as const;

export type ItemOutcome = (typeof ITEM_OUTCOMES)[number];

/** The byte that stands for an outcome in the ledger. */
export const OUTCOME_CODE = Object.freeze(
  Object.fromEntries(ITEM_OUTCOMES.map((outcome, code) => [outcome, code])),
) as Readonly<Record<ItemOutcome, number>>;
