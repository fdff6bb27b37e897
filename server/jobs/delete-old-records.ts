import type { AsyncDbPool } from '../pool/async-db-pool.ts';
import { deleteOldRecordsStatement, RECORD_KINDS } from '../sql/delete-old-records.ts';
import { exclusiveTransaction } from './exclusive-transaction.ts';

const RECORDS_A_TRANSACTION = 1_000;

/** Deletes what the server has kept of its own doings, and traces, once they are older than so many days. */
export async function deleteOldRecords(pool: AsyncDbPool, days: number, stopped: AbortSignal): Promise<void> {
  for (const kind of RECORD_KINDS) {
    for (let deleted = RECORDS_A_TRANSACTION; deleted === RECORDS_A_TRANSACTION && !stopped.aborted; ) {
      const answer = await exclusiveTransaction(pool, 'records', stopped, (connection) =>
        connection.query(deleteOldRecordsStatement(kind, days, RECORDS_A_TRANSACTION)),
      );
      deleted = answer?.rowCount ?? 0;
    }
  }
}
