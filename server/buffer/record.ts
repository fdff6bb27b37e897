import type { NewMessage } from '../queue/message.ts';
import { parseUuid } from '../queue/uuid-v7.ts';

/** A message as it is buffered: with the ids its producer was told, and where it goes. */
export interface BufferedMessage {
  readonly queue: string;
  readonly partition: string;
  readonly message: NewMessage;
  /** The message's payload is in the form of `PayloadCipher`. */
  readonly encrypted: boolean;
}

/** The text is not what {@link encodeMessage} makes. */
export class RecordError extends Error {
  override readonly name = 'RecordError';
}

export function encodeMessage({ queue, partition, message, encrypted }: BufferedMessage): string {
  const { id, transactionId, traceId, payload } = message;
  return JSON.stringify({
    queue,
    partition,
    id: id.text,
    transactionId,
    traceId: traceId?.toString('hex'),
    // As text, so that the payload comes out to the byte as it went in.
    payload,
    encrypted: encrypted || undefined,
  });
}

/** @throws RecordError */
export function decodeMessage(text: string): BufferedMessage {
  const { queue, partition, id, transactionId, traceId, payload, encrypted } = parse(text);
  const bytes = typeof id === 'string' ? parseUuid(id) : undefined;
  const texts = [queue, partition, transactionId, payload];
  if (bytes === undefined || texts.some((part) => typeof part !== 'string')) {
    throw new RecordError('A buffered record lacks a queue, partition, id, transactionId or payload.');
  }
  return {
    queue: String(queue),
    partition: String(partition),
    message: {
      id: { bytes, text: String(id) },
      transactionId: String(transactionId),
      traceId: typeof traceId === 'string' ? Buffer.from(traceId, 'hex') : undefined,
      payload: String(payload),
    },
    encrypted: encrypted === true,
  };
}

/** The message id of a record, or the record itself where there is none; for telling records apart. */
export function recordKey(text: string): string {
  try {
    return decodeMessage(text).message.id.text;
  } catch {
    // Not a record of ours; its text is as good a name.
    return text;
  }
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Readonly<Record<string, unknown>>;
  } catch (error) {
    throw new RecordError('A buffered record is not JSON.', { cause: error });
  }
  throw new RecordError('A buffered record is not a JSON object.');
}
