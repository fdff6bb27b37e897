import type { Ledger } from '../history/ledger.ts';
import { formatTransactionId } from '../history/message-identity.ts';
import { ITEM_STATUSES, type ItemStatus } from '../target/wire.ts';
import type { BadItem, BadItemRecord } from './bad-items.ts';
import { type ErrorTally, momentOf } from './error-tally.ts';

/** A reply to a push, as it came. */
export interface PushReply {
  readonly httpStatus: number;
  readonly body: string;
}

/** A request whose reply is judged. */
export interface JudgedRequest {
  /** Where its outcomes go. */
  readonly ledger: Ledger;
  readonly request: number;
  /** The number in the first transaction id: the message's own, or that of the request it repeats. */
  readonly firstNumber: number;
  /** What stood at its end beside its messages. */
  readonly bad?: { readonly item: BadItem; readonly record: BadItemRecord } | undefined;
}

const KNOWN_STATUSES: ReadonlySet<unknown> = new Set(ITEM_STATUSES);

/**
 * Sets the outcome of every message of a request from the reply that was paired with it, and counts what is wrong with
 * it. Every item must stand at its message's place, carry a word of the contract and echo its transaction id; `queued`
 * and `duplicate` also need a message id. Nothing is believed because of its place alone, so a reply that belongs to
 * another request answers none of these messages.
 *
 * Returns how many messages were acknowledged (`queued` or `buffered`).
 */
export function judgeReply(judged: JudgedRequest, reply: PushReply, errors: ErrorTally): number {
  const { ledger, request } = judged;
  const { httpStatus, body } = reply;
  if (httpStatus >= 500) {
    ledger.setOutcomes(request, 'indeterminate');
    errors.add(`http ${httpStatus}`, body, momentOf(ledger, request, 'indeterminate'));
    return 0;
  }
  const items = parseItems(body);
  if (items !== undefined) return judgeItems(judged, items, errors);
  if (httpStatus >= 400) {
    ledger.setOutcomes(request, 'rejected');
    errors.add(`http ${httpStatus}`, body, momentOf(ledger, request, 'rejected'));
    return 0;
  }
  ledger.setOutcomes(request, 'malformed');
  errors.add(classOf(reply), body === '' ? '(empty body)' : body, momentOf(ledger, request, 'malformed'));
  return 0;
}

/** Some servers answer 200 whatever happened, and tell in the body that it was an error. */
function classOf({ httpStatus, body }: PushReply): string {
  if (httpStatus < 200 || httpStatus >= 300) return `http ${httpStatus}`;
  return body.startsWith('{"error":') ? `error under HTTP ${httpStatus}` : 'unreadable reply';
}

function parseItems(body: string): readonly unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return Array.isArray(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function judgeItems(judged: JudgedRequest, items: readonly unknown[], errors: ErrorTally): number {
  const { ledger, request, firstNumber, bad } = judged;
  const first = ledger.firstMessage(request);
  const messages = ledger.firstMessage(request + 1) - first;
  const sent = messages + (bad === undefined ? 0 : 1);
  if (items.length > sent) {
    const example = `${sent} items were sent, ${items.length} were answered`;
    errors.add('item for no message', example, momentOf(ledger, request, 'malformed'), items.length - sent);
    // Whose answers these are is anybody's guess then.
    ledger.setOutcomes(request, 'malformed');
    return 0;
  }
  let acknowledged = 0;
  for (let index = 0; index < messages; index += 1) {
    const transactionId = formatTransactionId(ledger.runId, firstNumber + index);
    const status = judgeItem({ ledger, request, message: first + index, transactionId }, items[index], errors);
    if (status === 'queued' || status === 'buffered') acknowledged += 1;
  }
  bad?.record.judge(bad.item, items[messages], { ledger, request, message: first }, errors);
  return acknowledged;
}

interface JudgedMessage {
  readonly ledger: Ledger;
  readonly request: number;
  readonly message: number;
  readonly transactionId: string;
}

interface ReplyItem {
  readonly status?: unknown;
  readonly transaction_id?: unknown;
  readonly message_id?: unknown;
  readonly error?: unknown;
}

function judgeItem(judged: JudgedMessage, item: unknown, errors: ErrorTally): ItemStatus | undefined {
  const { ledger, request, message, transactionId } = judged;
  const fault = faultOf(judged, item);
  if (fault !== undefined) {
    ledger.setOutcome(message, 'malformed');
    errors.add(fault, `${describe(item)} for ${transactionId}`, momentOf(ledger, request, 'malformed'));
    return undefined;
  }
  const { status, error } = item as { readonly status: ItemStatus; readonly error?: unknown };
  ledger.setOutcome(message, status);
  if (status === 'failed') {
    const example = typeof error === 'string' ? error : describe(item);
    errors.add('item failed', example, momentOf(ledger, request, 'failed'));
  }
  return status;
}

/** What is wrong with the item, or undefined; keeps its message id. */
function faultOf({ ledger, message, transactionId }: JudgedMessage, item: unknown): string | undefined {
  if (item === undefined) return 'item missing';
  if (typeof item !== 'object' || item === null) return 'item unreadable';
  const { status, transaction_id, message_id }: ReplyItem = item;
  if (!KNOWN_STATUSES.has(status)) return `item status ${describe(status)}`;
  if (transaction_id !== transactionId) return 'item with another transaction id';
  if (status !== 'queued' && status !== 'duplicate') return undefined;
  const kept = typeof message_id === 'string' && ledger.setMessageId(message, message_id);
  return kept ? undefined : 'item without message id';
}

function describe(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}
