import type { AsyncDbPool } from '../pool/async-db-pool.ts';
import { type ExpiredLeaseRow, findExpiredLeasesStatement } from '../sql/expired-leases.ts';
import { reclaimStatement } from '../sql/settle-messages.ts';
import { wakeKeysOf } from '../wake/wake-key.ts';
import type { WakeLine } from '../wake/wake-line.ts';
import { exclusiveTransaction } from './exclusive-transaction.ts';

/** Leases ended in one transaction, which keeps their cursors locked until it ends. */
const LEASES_A_TRANSACTION = 100;

/**
 * Ends the leases that have run out, so that messages that kill their consumers reach the dead letters although nobody
 * pops, and wakes consumers that wait for the rest.
 */
export async function reclaimLeases(pool: AsyncDbPool, line: WakeLine, stopped: AbortSignal): Promise<void> {
  let ended = LEASES_A_TRANSACTION;
  while (ended === LEASES_A_TRANSACTION && !stopped.aborted) {
    const leases = await exclusiveTransaction(pool, 'reclaim', stopped, async (connection) => {
      const { rows } = await connection.query<ExpiredLeaseRow>(findExpiredLeasesStatement(LEASES_A_TRANSACTION));
      for (const lease of rows) {
        await connection.query(reclaimStatement(lease.partition_id, lease.consumer_group));
      }
      return rows;
    });
    if (leases !== undefined && leases.length > 0) line.wake([...new Set(leases.flatMap(wakeKeysOf))]);
    ended = leases?.length ?? 0;
  }
}
