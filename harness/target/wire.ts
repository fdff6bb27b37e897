/**
 * The queue server's wire contract as the harness reads it. The server has its own decoders; they are written twice on
 * purpose, so that a mistake on one side is seen from the other.
 */
export const PUSH_PATH = Object.freeze({ push: '/api/v1/push', 'push-legacy': '/api/v1/push-legacy' } as const);

export const HEALTH_PATH = '/health';

/** `{"pending": <messages in the file buffer>, …}`. */
export const BUFFER_STATUS_PATH = '/api/v1/status/buffers';

export const CONFIGURE_PATH = '/api/v1/configure';

/** `GET`, and `POST {enabled}`. */
export const MAINTENANCE_PATH = '/api/v1/system/maintenance';

/** `GET …?batch=&autoAck=true`; names are percent-encoded. */
export function popPartitionPath(queue: string, partition: string): string {
  return `/api/v1/pop/queue/${encodeURIComponent(queue)}/partition/${encodeURIComponent(partition)}`;
}

/** `GET …?batch=`: messages of whatever partition has some. */
export function popQueuePath(queue: string): string {
  return `/api/v1/pop/queue/${encodeURIComponent(queue)}`;
}

/** `DELETE`: the queue with all it holds. */
export function queueResourcePath(queue: string): string {
  return `/api/v1/resources/queues/${encodeURIComponent(queue)}`;
}

export const ACK_BATCH_PATH = '/api/v1/ack/batch';

/** Name of the n-th partition of a load. */
export function partitionName(index: number): string {
  return `p${index}`;
}

/** The number behind a partition's name; -1 for what {@link partitionName} never gave. */
export function partitionNumber(name: unknown): number {
  return typeof name === 'string' && /^p(0|[1-9]\d{0,8})$/.test(name) ? Number(name.slice(1)) : -1;
}

/** Status words an item of a push reply may carry. */
export const ITEM_STATUSES = ['queued', 'duplicate', 'buffered', 'failed'] as const;

export type ItemStatus = (typeof ITEM_STATUSES)[number];
