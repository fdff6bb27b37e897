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

  recordPush(results: readonly PushResult[]): void {
    for (const { status } of results) {
      if (status === 'duplicate') this.#counts.duplicate += 1;
      else if (status === 'failed') this.#counts.refused += 1;
      else this.#counts.pushed += 1;
    }
  }

  recordPop(messages: number, acknowledged: boolean): void {
    this.#counts.popped += messages;
    if (acknowledged) this.#counts.completed += messages;
  }

  recordAck(results: readonly AckResult[]): void {
    for (const { status } of results) {
      if (status === 'completed') this.#counts.completed += 1;
      else if (status === 'failed_retry') this.#counts.failed += 1;
      else if (status === 'failed_dlq') this.#counts.deadLettered += 1;
      else this.#counts.invalidAcks += 1;
    }
  }
}
