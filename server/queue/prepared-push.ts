import type { NewMessage, PushItem, PushResult } from './message.ts';
import { refusalOf } from './push-item.ts';
import type { MessageOutcome } from './push-transaction.ts';
import { parseUuid, type UuidV7Generator } from './uuid-v7.ts';

/** An item with its ids given, and the way back to its place in the request. */
export interface Prepared {
  readonly index: number;
  readonly item: PushItem;
  readonly message: NewMessage;
}

/** The good items of a request that go to one partition, in order. */
export interface PreparedGroup {
  readonly queue: string;
  readonly partition: string;
  readonly messages: Prepared[];
}

/**
 * Gives every item its ids, answers the bad ones in `results` and groups the others by partition, first seen first; those of
 * a queue stand together. Queue and partition are two keys, never one joined text.
 */
export class PushPreparation {
  readonly #ids: UuidV7Generator;
  readonly #results: PushResult[];
  readonly #groups = new Map<string, Map<string, PreparedGroup>>();

  constructor(ids: UuidV7Generator, results: PushResult[]) {
    this.#ids = ids;
    this.#results = results;
  }

  /** Takes the next item; `index` is its place in the request. */
  add(item: PushItem, index: number): void {
    const message: NewMessage = {
      id: this.#ids.generate(),
      transactionId: item.transactionId ?? this.#ids.generate().text,
      traceId: item.traceId === undefined ? undefined : parseUuid(item.traceId),
      payload: item.payload,
    };
    const prepared = { index, item, message };
    const refusal = refusalOf(item);
    if (refusal === undefined) this.#groupOf(item).messages.push(prepared);
    else this.#results[index] = failedResult(prepared, refusal);
  }

  groups(): readonly PreparedGroup[] {
    return [...this.#groups.values()].flatMap((partitions) => [...partitions.values()]);
  }

  #groupOf({ queue, partition }: PushItem): PreparedGroup {
    const partitions = this.#groups.get(queue) ?? new Map<string, PreparedGroup>();
    const group = partitions.get(partition) ?? { queue, partition, messages: [] };
    partitions.set(partition, group);
    this.#groups.set(queue, partitions);
    return group;
  }
}

/** The answer to an item that was not stored. */
export function failedResult({ item, message }: Prepared, error: string): PushResult {
  return { status: 'failed', transaction_id: message.transactionId, trace_id: item.traceId, error };
}

/** The answer to an item whose message was tried. */
export function toResult(prepared: Prepared, outcome: MessageOutcome): PushResult {
  const { item, message } = prepared;
  switch (outcome.status) {
    case 'queued':
    case 'duplicate':
      return {
        status: outcome.status,
        transaction_id: message.transactionId,
        message_id: outcome.status === 'queued' ? message.id.text : outcome.messageId,
        trace_id: item.traceId,
      };
    case 'failed':
      return failedResult(prepared, outcome.error);
    case 'stale':
      return failedResult(prepared, 'The queue changed while the message was pushed');
  }
}
