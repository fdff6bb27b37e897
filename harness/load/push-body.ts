import { formatTransactionId } from '../history/message-identity.ts';
import { partitionName } from '../target/wire.ts';
import type { BadItem } from './bad-items.ts';
import { payloadFormat } from './payload.ts';

/** The request body that pushes `messages` consecutive messages to one partition, and at their end perhaps a bad item. */
export type PushBody = (partition: number, firstMessage: number, messages: number, bad?: BadItem) => string;

/**
 * Makes the function that writes push bodies. Everything but the two numbers of an item is put together once: the load
 * shares the machine with the server it measures, and JSON.stringify would cost several times as much.
 * Throws RangeError when the run id does not fit in the payload, see payload.ts.
 */
export function pushBodyWriter(order: {
  readonly runId: string;
  readonly queue: string;
  readonly payloadBytes: number;
  readonly partitions: number;
}): PushBody {
  const payload = payloadFormat(order.runId, order.payloadBytes);
  const start = Array.from({ length: order.partitions }, (_, partition) => {
    const address = `{"queue":${JSON.stringify(order.queue)},"partition":${JSON.stringify(partitionName(partition))}`;
    return `${address},"payload":${payload.beforeNumber}`;
  });
  // The transaction id is the run id and the number; what stands before the number is the id of "no number".
  const beforeId = `,"transactionId":"${formatTransactionId(order.runId, 0).slice(0, -1)}`;
  const middle = payload.afterNumberByDigits.map((after) => after + beforeId);
  const end = '"}';
  const item = (itemStart: string, number: number) => {
    const digits = String(number);
    return itemStart + digits + middle[digits.length] + digits + end;
  };
  return (partition, firstMessage, messages, bad) => {
    const itemStart = start[partition] ?? '';
    let body = '{"items":[';
    for (let number = firstMessage; number < firstMessage + messages; number += 1) {
      body += (number === firstMessage ? '' : ',') + item(itemStart, number);
    }
    if (bad?.kind === 'twin') body += `,${item(itemStart, firstMessage)}`;
    else if (bad !== undefined) body += `,${badItem(order.queue, partition, bad)}`;
    return `${body}]}`;
  };
}

function badItem(queue: string, partition: number, { kind, transactionId }: BadItem): string {
  const traceId = kind === 'no-uuid' ? 'no-uuid' : undefined;
  return JSON.stringify({ queue, partition: partitionName(partition), payload: kind, transactionId, traceId });
}
