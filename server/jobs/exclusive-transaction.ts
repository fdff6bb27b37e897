import type { AsyncDbPool } from '../pool/async-db-pool.ts';
import type { PooledConnection } from '../pool/pooled-connection.ts';
import { type ExclusiveJob, type JobLockRow, tryJobLockStatement } from '../sql/job-lock.ts';
import { pinLookUpPlanStatement } from '../sql/look-up-plan.ts';

/**
 * Runs work in a transaction that holds the job's lock, so that of all workers of all servers on this database one at a
 * time does it. The lock ends with the transaction, however it ends.
 *
 * @returns what the work returned; undefined when somebody else is at it.
 */
export async function exclusiveTransaction<Result>(
  pool: AsyncDbPool,
  job: ExclusiveJob,
  signal: AbortSignal,
  work: (connection: PooledConnection) => Promise<Result>,
): Promise<Result | undefined> {
  await using connection = await pool.acquire({ signal });
  // On an error the pool rolls back when the connection is given back.
  await connection.query({ text: 'begin' });
  await connection.query(pinLookUpPlanStatement());
  const { rows } = await connection.query<JobLockRow>(tryJobLockStatement(job));
  const result = rows[0]?.locked === true ? await work(connection) : undefined;
  await connection.query({ text: 'commit' });
  return result;
}
