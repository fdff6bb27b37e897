import type { Ledger } from '../history/ledger.ts';
import { formatTransactionId } from '../history/message-identity.ts';
import { ITEM_STATUSES, type ItemStatus } from '../target/wire.ts';
import type { ErrorTally } from './error-tally.ts';

/** A reply to a push, as it came. */
export interface PushReply {
  readonly httpStatus: number;
  readonly body: string;
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
export function judgeReply(ledger: Ledger, request: number, reply: PushReply, errors: ErrorTally): number {
  const { httpStatus, body } = reply;
  if (httpStatus >= 500) {
    ledger.setOutcomes(request, 'indeterminate');
    errors.add(`http ${httpStatus}`, body);
    return 0;
  }
  const items = parseItems(body);
  if (items !== undefined) return judgeItems(ledger, request, items, errors);
  if (httpStatus >= 400) {
    ledger.setOutcomes(request, 'rejected');
    errors.add(`http ${httpStatus}`, body);
    return 0;
  }
  ledger.setOutcomes(request, 'malformed');
  errors.add(classOf(reply), body === '' ? '(empty body)' : body);
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

function judgeItems(ledger: Ledger, request: number, items: readonly unknown[], errors: ErrorTally): number {
  const first = ledger.firstMessage(request);
  const expected = ledger.firstMessage(request + 1) - first;
  let acknowledged = 0;
  for (let index = 0; index < expected; index += 1) {
    const status = judgeItem(ledger, first + index, items[index], errors);
    if (status === 'queued' || status === 'buffered') acknowledged += 1;
  }
  if (items.length > expected) {
    const example = `${expected} messages were sent, ${items.length} items were answered`;
    errors.add('item for no message', example, items.length - expected);
    // Whose answers these are is anybody's guess then.
    ledger.setOutcomes(request, 'malformed');
    return 0;
  }
  return acknowledged;
}

interface ReplyItem {
  readonly status?: unknown;
  readonly transaction_id?: unknown;
  readonly message_id?: unknown;
  readonly error?: unknown;
}

function judgeItem(ledger: Ledger, message: number, item: unknown, errors: ErrorTally): ItemStatus | undefined {
  const fault = faultOf(ledger, message, item);
  if (fault !== undefined) {
    ledger.setOutcome(message, 'malformed');
    errors.add(fault, `${describe(item)} for ${formatTransactionId(ledger.runId, message)}`);
    return undefined;
  }
  const { status, error } = item as { readonly status: ItemStatus; readonly error?: unknown };
  ledger.setOutcome(message, status);
  if (status === 'failed') errors.add('item failed', typeof error === 'string' ? error : describe(item));
  return status;
}

/** What is wrong with the item, or undefined; keeps its message id. */
function faultOf(ledger: Ledger, message: number, item: unknown): string | undefined {
  if (item === undefined) return 'item missing';
  if (typeof item !== 'object' || item === null) return 'item unreadable';
  const { status, transaction_id, message_id }: ReplyItem = item;
  if (!KNOWN_STATUSES.has(status)) return `item status ${describe(status)}`;
  if (transaction_id !== formatTransactionId(ledger.runId, message)) return 'item with another transaction id';
  if (status !== 'queued' && status !== 'duplicate') return undefined;
  const kept = typeof message_id === 'string' && ledger.setMessageId(message, message_id);
  return kept ? undefined : 'item without message id';
}

function describe(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}
