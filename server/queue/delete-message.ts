import type { AsyncDbPool } from '../pool/async-db-pool.ts';
import { type DeletedMessagesRow, deleteMessageStatement } from '../sql/delete-messages.ts';
import { findPartitionNumberStatement, type PartitionNumberRow } from '../sql/partition-number.ts';

/** Deletes a message, whatever its state; false when there is none. `partitionUuid` is the partition's name on the wire. */
export async function deleteMessage(pool: AsyncDbPool, partitionUuid: string, transactionId: string): Promise<boolean> {
  await using connection = await pool.acquire();
  const { rows } = await connection.query<PartitionNumberRow>(findPartitionNumberStatement(partitionUuid));
  const partition = rows[0];
  if (partition === undefined) return false;
  const deleted = await connection.query<DeletedMessagesRow>(deleteMessageStatement(partition.id, transactionId));
  return Number(deleted.rows[0]?.deleted ?? 0) > 0;
}
