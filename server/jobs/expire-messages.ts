import type { AsyncDbPool } from '../pool/async-db-pool.ts';
import {
  type DeletedMessagesRow,
  deleteExpiredStatement,
  type ExpiringPartitionRow,
  type Expiry,
  findExpiringPartitionsStatement,
} from '../sql/delete-messages.ts';
import { exclusiveTransaction } from './exclusive-transaction.ts';

/** Partitions looked for at once. */
const PARTITIONS_A_LOOK = 1_000;

/**
 * Deletes the expired messages of all queues. Each transaction deletes at most `batchSize` messages of one partition and
 * holds none of the locks a push needs; consumers of that partition wait for it. Runs until nothing is left, so that
 * the batch size bounds a transaction and not the rate.
 *
 * @returns how many messages were deleted; less than there were to delete when stopped, or when another server does it.
 */
export async function expireMessages(
  pool: AsyncDbPool,
  expiry: Expiry,
  batchSize: number,
  stopped: AbortSignal,
): Promise<number> {
  const job = expiry === 'unconsumed' ? 'eviction' : 'retention';
  let total = 0;
  for (let afterId = '0'; ; ) {
    const found = await exclusiveTransaction(pool, job, stopped, (connection) =>
      connection.query<ExpiringPartitionRow>(findExpiringPartitionsStatement(expiry, afterId, PARTITIONS_A_LOOK)),
    );
    for (const { id } of found?.rows ?? []) {
      for (let deleted = batchSize; deleted === batchSize && !stopped.aborted; total += deleted) {
        const answer = await exclusiveTransaction(pool, job, stopped, (connection) =>
          connection.query<DeletedMessagesRow>(deleteExpiredStatement(expiry, id, batchSize)),
        );
        if (answer === undefined) return total;
        deleted = Number(answer.rows[0]?.deleted ?? 0);
      }
      afterId = id;
    }
    if (stopped.aborted || (found?.rows.length ?? 0) < PARTITIONS_A_LOOK) return total;
  }
}
