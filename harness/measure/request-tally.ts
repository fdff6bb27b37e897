import { OUTCOME_CODE } from '../history/item-outcome.ts';
import type { Ledger } from '../history/ledger.ts';

/** How the messages of one request ended. */
export interface RequestTally {
  /** `queued` or `buffered`. A `duplicate` is not: nothing new was stored. */
  readonly acknowledged: number;
  /** Every other end than `queued`, `buffered` and `duplicate`. */
  readonly errors: number;
}

/** Counts the outcomes of a request's messages. */
export function tallyRequest(ledger: Ledger, request: number): RequestTally {
  const end = ledger.firstMessage(request + 1);
  let acknowledged = 0;
  let errors = 0;
  for (let message = ledger.firstMessage(request); message < end; message += 1) {
    const code = ledger.outcomeCode(message);
    if (code === OUTCOME_CODE.queued || code === OUTCOME_CODE.buffered) acknowledged += 1;
    else if (code !== OUTCOME_CODE.duplicate) errors += 1;
  }
  return { acknowledged, errors };
}
