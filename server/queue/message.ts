/** Longest queue name, partition name and transaction id, in characters (the contract's varchar(255)). */
export const MAX_NAME_LENGTH = 255;

export const DEFAULT_PARTITION = 'Default';

/** Consumer group of consumers that name none. */
export const QUEUE_MODE_GROUP = '__QUEUE_MODE__';

/** One message as a producer hands it in, decoded but not yet judged. */
export interface PushItem {
  readonly queue: string;
  readonly partition: string;
  /** The payload as JSON text. */
  readonly payload: string;
  /** Undefined when the producer gave none: the server then makes one. */
  readonly transactionId: string | undefined;
  readonly traceId: string | undefined;
}

/** Words an item of a push reply may carry; there is no other, and none is ever empty. */
type PushStatus = 'queued' | 'duplicate' | 'buffered' | 'failed';

/** What became of one message; names are the wire's. */
export interface PushResult {
  readonly status: PushStatus;
  readonly transaction_id: string;
  /** Of the stored message; for a duplicate, of the one that was there before. */
  readonly message_id?: string | undefined;
  readonly trace_id?: string | undefined;
  readonly error?: string | undefined;
}

/** A message on its way into its partition. */
export interface NewMessage {
  /** Sixteen bytes and the same as text. */
  readonly id: Uuid;
  readonly transactionId: string;
  /** Sixteen bytes; undefined = no trace. */
  readonly traceId: Buffer | undefined;
  readonly payload: string;
}

export interface Uuid {
  readonly bytes: Buffer;
  readonly text: string;
}

/** A message as a consumer gets it; `data` is JSON text and goes out as it is. */
export interface PoppedMessage {
  readonly id: string;
  readonly transactionId: string;
  readonly partitionId: string;
  readonly traceId: string | null;
  readonly queue: string;
  readonly partition: string;
  readonly data: string;
  readonly priority: number;
  /** Deliveries to this group before this one that failed or ran out of time. */
  readonly retryCount: number;
  /** ISO 8601, UTC, milliseconds. */
  readonly createdAt: string;
}
