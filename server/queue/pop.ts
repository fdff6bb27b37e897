import type { AsyncDbPool } from '../pool/async-db-pool.ts';
import type { PooledConnection } from '../pool/pooled-connection.ts';
import { createConsumersStatement, type MissingConsumersRow } from '../sql/create-consumers.ts';
import type { Lease } from '../sql/lease.ts';
import { type PopMode, type PoppedRow, popMessagesStatement } from '../sql/pop-messages.ts';
import type { PopTarget } from '../sql/pop-target.ts';
import { reclaimStatement } from '../sql/settle-messages.ts';
import type { PoppedMessage } from './message.ts';

/** What a consumer asks for. */
export interface PopRequest {
  readonly target: PopTarget;
  readonly batch: number;
  /** Where a group begins that reads the queue for the first time: a timestamp, `now` or `-infinity`. */
  readonly startFrom: string;
}

/** Messages of one partition, at least one, and their lease unless they were acknowledged at once. */
export interface Delivery {
  readonly messages: readonly PoppedMessage[];
  readonly lease: Lease | undefined;
}

/**
 * Takes up to `batch` messages of one partition for a consumer group. Undefined when there are none, or the queue does not
 * exist, or every partition with messages is leased. An expired lease met on the way is ended first.
 */
export async function popMessages(
  pool: AsyncDbPool,
  { target, batch, startFrom }: PopRequest,
  mode: PopMode,
): Promise<Delivery | undefined> {
  await using connection = await pool.acquire();
  const statement = popMessagesStatement(target, batch, mode);
  for (;;) {
    const { rows } = await connection.query<PoppedRow>(statement);
    const [first] = rows;
    if (first === undefined) {
      if (!(await createConsumers(connection, target, startFrom))) return undefined;
    } else if (first.expired) {
      await connection.query(reclaimStatement(first.partition_id, target.consumerGroup));
    } else {
      const messages = rows.flatMap(toMessage);
      if (messages.length > 0) return { messages, lease: leaseOf(first, target, mode) };
    }
  }
}

/** True when there were partitions without a cursor: it is worth looking again. */
async function createConsumers(connection: PooledConnection, target: PopTarget, startFrom: string): Promise<boolean> {
  const { rows } = await connection.query<MissingConsumersRow>(createConsumersStatement(target, startFrom));
  return Number(rows[0]?.missing ?? 0) > 0;
}

function leaseOf(row: PoppedRow, { consumerGroup }: PopTarget, mode: PopMode): Lease | undefined {
  return mode === 'autoAck' ? undefined : { id: mode.leaseId, partitionId: row.partition_id, consumerGroup };
}

function toMessage(row: PoppedRow): readonly PoppedMessage[] {
  if (row.id === null) return [];
  const message = {
    id: row.id,
    transactionId: row.transaction_id,
    partitionId: row.partition_uuid,
    traceId: row.trace_id,
    queue: row.queue_name,
    partition: row.partition_name,
    data: row.payload,
    priority: row.priority,
    retryCount: row.retry_count,
    createdAt: row.created_at,
  };
  return [message];
}
