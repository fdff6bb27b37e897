import type pg from 'pg';
import type { AsyncDbPool } from '../pool/async-db-pool.ts';
import type { Statement } from '../pool/pool-member.ts';
import { pinLookUpPlanStatement } from '../sql/look-up-plan.ts';

/** Runs a statement that reads messages partition by partition, on one connection, see {@link pinLookUpPlanStatement}. */
export async function queryByLookUp<Row extends pg.QueryResultRow>(
  pool: AsyncDbPool,
  statement: Statement,
): Promise<pg.QueryResult<Row>> {
  await using connection = await pool.acquire();
  // On an error the pool rolls back when the connection is given back.
  await connection.query({ text: 'begin read only' });
  await connection.query(pinLookUpPlanStatement());
  const result = await connection.query<Row>(statement);
  await connection.query({ text: 'commit' });
  return result;
}
