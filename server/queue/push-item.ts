import { MAX_NAME_LENGTH, type PushItem } from './message.ts';
import { parseUuid } from './uuid-v7.ts';

/**
 * Why PostgreSQL could not store this item, or undefined when it can. Judged here, item by item, so that one bad item
 * never reaches a transaction that holds the items of others.
 */
export function refusalOf(item: PushItem): string | undefined {
  // A queue of such a name cannot exist, and PostgreSQL must not be asked for it.
  if (refusalOfName('Queue', item.queue) !== undefined) return missingQueueError(item.queue);
  return (
    refusalOfName('Partition', item.partition) ??
    (item.transactionId === undefined ? undefined : refusalOfName('TransactionId', item.transactionId)) ??
    (item.traceId === undefined || parseUuid(item.traceId) !== undefined ? undefined : 'TraceId must be a UUID')
  );
}

/** The contract's answer for a queue that was never configured. */
export function missingQueueError(queue: string): string {
  return `Queue '${queue}' does not exist. Please create it using the configure endpoint first.`;
}

/** Why a queue, partition, group or transaction name cannot be stored, or undefined when it can. */
export function refusalOfName(what: string, name: string): string | undefined {
  // Code points, as PostgreSQL counts them; the cheap test first.
  const tooLong = name.length > MAX_NAME_LENGTH && [...name].length > MAX_NAME_LENGTH;
  if (name === '' || tooLong) return `${what} must have 1 to ${MAX_NAME_LENGTH} characters`;
  if (name.includes('\0') || !name.isWellFormed()) return `${what} must be Unicode text without U+0000`;
  return undefined;
}
