import type { AckResult } from '../queue/acknowledge.ts';
import type { PushResult } from '../queue/message.ts';

/** What was done with messages; all are counts of messages. */
export interface ActivityCounts {
  /** Answered `queued` or `buffered`. */
  readonly pushed: number;
  readonly duplicate: number;
  /** Pushes answered `failed`. */
  readonly refused: number;
  readonly popped: number;
  /** Acknowledged as completed, by an ack or with autoAck. */
  readonly completed: number;
  /** Acknowledged as failed, to be delivered again. */
  readonly failed: number;
  readonly deadLettered: number;
  /** Acks answered with an error. */
  readonly invalidAcks: number;
}

type ItemStatus = PushResult['status'] | AckResult['status'];

/** The words of pushes and of acks have nothing in common. */
const COUNTED_AS: Readonly<Record<ItemStatus, keyof ActivityCounts>> = Object.freeze({
  queued: 'pushed',
  buffered: 'pushed',
  duplicate: 'duplicate',
  failed: 'refused',
  completed: 'completed',
  failed_retry: 'failed',
  failed_dlq: 'deadLettered',
  error: 'invalidAcks',
});

type Writable<T> = { -readonly [Member in keyof T]: T[Member] };

/** Counts what one worker's replies say of messages, since its start. An ack sent again is counted again. */
export class Activity {
  readonly #counts: Writable<ActivityCounts> = {
    pushed: 0,
    duplicate: 0,
    refused: 0,
    popped: 0,
    completed: 0,
    failed: 0,
    deadLettered: 0,
    invalidAcks: 0,
  };

  counts(): ActivityCounts {
    return { ...this.#counts };
  }

  /** Counts the items of a reply to a push, an ack or a transaction that was committed. */
  record(results: readonly { readonly status: ItemStatus }[]): void {
    for (const { status } of results) this.#counts[COUNTED_AS[status]] += 1;
  }

  recordPop(messages: number, acknowledged: boolean): void {
    this.#counts.popped += messages;
    if (acknowledged) this.#counts.completed += messages;
  }
}
