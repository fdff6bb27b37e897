import type { AsyncDbPool } from '../pool/async-db-pool.ts';
import { type ExpiredLeaseRow, findExpiredLeasesStatement } from '../sql/expired-leases.ts';
import { reclaimStatement } from '../sql/settle-messages.ts';
import { wakeKeysOf } from '../wake/wake-key.ts';
import type { WakeLine } from '../wake/wake-line.ts';
import { exclusiveTransaction } from './exclusive-transaction.ts';

const LEASES_A_LOOK = 100;

/**
 * Ends the leases that have run out, so that messages that kill their consumers reach the dead letters although nobody
 * pops, and wakes consumers that wait for the rest. Lease by lease: a pop that finds a cursor locked passes over it, so
 * none may be locked for longer than its own statement takes.
 */
export async function reclaimLeases(pool: AsyncDbPool, line: WakeLine, stopped: AbortSignal): Promise<void> {
  let found = LEASES_A_LOOK;
  while (found === LEASES_A_LOOK && !stopped.aborted) {
    const leases = await exclusiveTransaction(pool, 'reclaim', stopped, async (connection) => {
      return (await connection.query<ExpiredLeaseRow>(findExpiredLeasesStatement(LEASES_A_LOOK))).rows;
    });
    for (const lease of leases ?? []) {
      await pool.query(reclaimStatement(lease.partition_id, lease.consumer_group), { signal: stopped });
      line.wake(wakeKeysOf(lease));
    }
    found = leases?.length ?? 0;
  }
}
