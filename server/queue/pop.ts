import type { AsyncDbPool } from '../pool/async-db-pool.ts';
import { createConsumersStatement, type PoppedRow, type PopTarget, popMessagesStatement } from '../sql/pop-messages.ts';
import type { PoppedMessage } from './message.ts';

/**
 * Takes up to `batch` messages of one partition for a consumer group and acknowledges them at once. Empty when there are
 * none, or the queue does not exist.
 */
export async function popMessages(
  pool: AsyncDbPool,
  target: PopTarget,
  batch: number,
): Promise<readonly PoppedMessage[]> {
  await using connection = await pool.acquire();
  const statement = popMessagesStatement(target, batch);
  for (;;) {
    const { rows } = await connection.query<PoppedRow>(statement);
    const messages = rows.flatMap((row) => toMessage(target.queue, row));
    if (messages.length > 0) return messages;
    if (rows.length > 0) continue;
    const { rowCount } = await connection.query(createConsumersStatement(target));
    if (rowCount === null || rowCount === 0) return [];
  }
}

function toMessage(queue: string, row: PoppedRow): readonly PoppedMessage[] {
  if (row.id === null) return [];
  const message = {
    id: row.id,
    transactionId: row.transaction_id,
    partitionId: row.partition_uuid,
    traceId: row.trace_id,
    queue,
    partition: row.partition_name,
    data: row.payload,
    priority: row.priority,
    createdAt: row.created_at,
  };
  return [message];
}
