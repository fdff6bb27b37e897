import { DEFAULT_PARTITION, type PushItem } from '../queue/message.ts';
import { RequestError } from './request-error.ts';

/**
 * Decodes the body of a push. What is wrong with the shape refuses the whole request before any work, as the contract
 * says; what is wrong with a value is the item's own affair and judged later.
 *
 * @throws RequestError 400 with the contract's text.
 */
export function decodePushBody(body: unknown): readonly PushItem[] {
  // No body and no content type: the parser was never asked.
  if (body === undefined) throw new RequestError('Empty request body', { statusCode: 400 });
  if (!isObject(body) || !Array.isArray(body.items))
    throw new RequestError('items array is required', { statusCode: 400 });
  return body.items.map(decodeItem);
}

function decodeItem(item: unknown): PushItem {
  const { queue, partition, payload, transactionId, traceId } = isObject(item) ? item : {};
  if (typeof queue !== 'string') throw new RequestError('Queue must be a string', { statusCode: 400 });
  return {
    queue,
    partition: optionalString(partition, 'Partition') ?? DEFAULT_PARTITION,
    payload: payload === undefined ? 'null' : toJson(payload),
    transactionId: optionalString(transactionId, 'TransactionId'),
    traceId: optionalString(traceId, 'TraceId'),
  };
}

function toJson(payload: unknown): string {
  try {
    return JSON.stringify(payload);
  } catch (error) {
    // JSON.parse reads what JSON.stringify has no stack to write.
    throw new RequestError('A payload is nested too deeply', { statusCode: 400, cause: error });
  }
}

function optionalString(value: unknown, name: string): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  throw new RequestError(`${name} must be a string`, { statusCode: 400 });
}

/** True for anything with keys; arrays are not meant to get here. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
