import type { RunEvidence } from './evidence.ts';
import { type ItemOutcome, OUTCOME_CODE } from './item-outcome.ts';
import type { Ledger } from './ledger.ts';

/** The bit that stands for an answer among those that the attempts to push one message were given. */
const bit = (outcome: ItemOutcome) => 1 << OUTCOME_CODE[outcome];

const QUEUED = bit('queued');
const BUFFERED = bit('buffered');
const DUPLICATE = bit('duplicate');
const DEFINITE_FAILURES = bit('failed') | bit('rejected');
const PROMISES = QUEUED | BUFFERED | DUPLICATE;
const PROMISES_BUT_DUPLICATE = QUEUED | BUFFERED;

/** Stands for "nobody knows which request stored it". */
export const NO_ATTEMPT = 0xffff_ffff;

const MOST_COUNTED = 255;

/**
 * What became of every message, over all the requests that carried it: the original and its repeats. All columns are indexed
 * by message number.
 *
 * A message takes its place in its partition once, between `notBeforeUs` and `notAfterUs`:
 * - `queued` says that this very request stored it, so within the time of that request;
 * - `buffered` and `duplicate` say that it had its place when they were answered, but not which request gave it: from the
 *   first request on that may have stored it, up to the first such answer;
 * - without any of these it may take its place at any time after the first request: `notAfterUs` is infinite.
 */
export interface PushIndex {
  /** Requests that carried the message; saturates at 255. */
  readonly attempts: Uint8Array;
  /** Of them, those answered `queued`; saturates at 255. */
  readonly queued: Uint8Array;
  /** Set of all answers, see {@link isAcknowledged} and its neighbours. */
  readonly answers: Uint8Array;
  readonly notBeforeUs: Float64Array;
  readonly notAfterUs: Float64Array;
  /**
   * The request that certainly gave the message its place: its number in the ledger, or that of the repeat plus the number of
   * requests in the ledger; {@link NO_ATTEMPT} when it is not certain.
   */
  readonly placedBy: Uint32Array;
  readonly repeatedRequests: number;
}

/** Some attempt was told that the server has the message: it must be there, and be delivered. */
export function isAcknowledged(answers: number): boolean {
  return (answers & PROMISES) !== 0;
}

/** Acknowledged by nothing but `duplicate`. */
export function isOnlyDuplicate(answers: number): boolean {
  return (answers & DUPLICATE) !== 0 && (answers & PROMISES_BUT_DUPLICATE) === 0;
}

export function wasAnswered(answers: number, outcome: ItemOutcome): boolean {
  return (answers & bit(outcome)) !== 0;
}

/** Every attempt failed for certain: the message must not be there. */
export function isDefiniteFailure(answers: number): boolean {
  return answers !== 0 && (answers & ~DEFINITE_FAILURES) === 0;
}

const indexes = new WeakMap<Ledger, { readonly of: RunEvidence['repeats']; readonly index: PushIndex }>();

/** The index of a run's pushes, made once for all checks. */
export function pushIndexOf({ ledger, repeats }: Pick<RunEvidence, 'ledger' | 'repeats'>): PushIndex {
  const known = indexes.get(ledger);
  if (known?.of === repeats && known.index.answers.length === ledger.messages) return known.index;
  const index = indexPushes(ledger, repeats);
  indexes.set(ledger, { of: repeats, index });
  return index;
}

/** Goes through the ledger and the repeats once. */
function indexPushes(ledger: Ledger, repeats: RunEvidence['repeats']): PushIndex {
  const { messages } = ledger;
  const index: PushIndex = {
    attempts: new Uint8Array(messages),
    queued: new Uint8Array(messages),
    answers: new Uint8Array(messages),
    notBeforeUs: new Float64Array(messages).fill(Number.POSITIVE_INFINITY),
    notAfterUs: new Float64Array(messages).fill(Number.POSITIVE_INFINITY),
    placedBy: new Uint32Array(messages).fill(NO_ATTEMPT),
    repeatedRequests: repeats.ledger.requests,
  };
  for (let request = 0; request < ledger.requests; request += 1) {
    addAttempt(index, { ledger, request, firstMessage: ledger.firstMessage(request), number: request });
  }
  for (let repeat = 0; repeat < repeats.ledger.requests; repeat += 1) {
    const firstMessage = ledger.firstMessage(repeats.original(repeat));
    addAttempt(index, { ledger: repeats.ledger, request: repeat, firstMessage, number: ledger.requests + repeat });
  }
  return index;
}

interface Attempt {
  /** Where the request stands: the ledger itself or that of the repeats. */
  readonly ledger: Ledger;
  readonly request: number;
  /** Number, in the run's ledger, of the first message it carried. */
  readonly firstMessage: number;
  readonly number: number;
}

function addAttempt(index: PushIndex, { ledger, request, firstMessage, number }: Attempt): void {
  const first = ledger.firstMessage(request);
  const messages = ledger.firstMessage(request + 1) - first;
  const invokedUs = ledger.invokedUs(request);
  const completedUs = ledger.completedUs(request);
  for (let nth = 0; nth < messages && firstMessage + nth < index.answers.length; nth += 1) {
    const message = firstMessage + nth;
    const answer = 1 << ledger.outcomeCode(first + nth);
    place(index, message, { answer, number, invokedUs, completedUs });
    index.answers[message] = (index.answers[message] ?? 0) | answer;
    if (answer === QUEUED) index.queued[message] = Math.min(MOST_COUNTED, (index.queued[message] ?? 0) + 1);
    index.attempts[message] = Math.min(MOST_COUNTED, (index.attempts[message] ?? 0) + 1);
  }
}

interface Answered {
  readonly answer: number;
  readonly number: number;
  readonly invokedUs: number;
  readonly completedUs: number;
}

/** Narrows the time in which the message took its place; called before the answer is added to those known. */
function place(index: PushIndex, message: number, { answer, number, invokedUs, completedUs }: Answered): void {
  if ((answer & DEFINITE_FAILURES) !== 0) return;
  const { notBeforeUs, notAfterUs, placedBy } = index;
  const before = index.answers[message] ?? 0;
  const isFirst = (before & ~DEFINITE_FAILURES) === 0;
  const wasQueued = (before & QUEUED) !== 0;
  if (answer === QUEUED && !wasQueued) {
    notBeforeUs[message] = invokedUs;
    notAfterUs[message] = completedUs;
    placedBy[message] = number;
    return;
  }
  if (wasQueued && answer !== QUEUED) return;
  // Twice `queued` breaks the contract: nothing is claimed about which of the two rows is meant.
  placedBy[message] = answer === BUFFERED && isFirst ? number : NO_ATTEMPT;
  notBeforeUs[message] = Math.min(notBeforeUs[message] ?? 0, invokedUs);
  if (answer === QUEUED) notAfterUs[message] = Math.max(notAfterUs[message] ?? 0, completedUs);
  else if ((answer & PROMISES) !== 0) notAfterUs[message] = Math.min(notAfterUs[message] ?? 0, completedUs);
}
