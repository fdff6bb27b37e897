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
  let { rows } = await connection.query<PoppedRow>(statement);
  if (rows.length === 0) {
    const { rowCount } = await connection.query(createConsumersStatement(target));
    if (rowCount !== null && rowCount > 0) ({ rows } = await connection.query<PoppedRow>(statement));
  }
  return rows.map((row) => ({
    id: row.id,
    transactionId: row.transaction_id,
    partitionId: row.partition_uuid,
    traceId: row.trace_id,
    queue: target.queue,
    partition: row.partition_name,
    data: row.payload,
    priority: row.priority,
    createdAt: row.created_at,
  }));
}
