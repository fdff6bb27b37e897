import type { AsyncDbPool } from '../pool/async-db-pool.ts';
import type { Statement } from '../pool/pool-member.ts';
import {
  type DatabaseViewRow,
  databaseViewStatement,
  findQueuesStatement,
  toDatabaseView,
} from '../sql/system-state.ts';
import type { DatabaseView, KnownQueue } from './services.ts';

/** For a connection, and again for the answer. */
const LIMIT_MS = 1_000;

/** What PostgreSQL says of the things its servers share; undefined when it does not answer at once. */
export async function lookAtDatabase(pool: AsyncDbPool, fingerprint: string): Promise<DatabaseView | undefined> {
  const rows = await askAtOnce<DatabaseViewRow>(pool, databaseViewStatement(fingerprint));
  return rows?.[0] === undefined ? undefined : toDatabaseView(rows[0]);
}

/** Which of these queues exist; undefined when PostgreSQL does not answer at once. */
export async function findQueues(
  pool: AsyncDbPool,
  names: readonly string[],
): Promise<readonly KnownQueue[] | undefined> {
  return await askAtOnce<KnownQueue>(pool, findQueuesStatement(names));
}

async function askAtOnce<Row extends object>(
  pool: AsyncDbPool,
  statement: Statement,
): Promise<readonly Row[] | undefined> {
  try {
    await using connection = await pool.acquire({ signal: pool.outage, timeoutMs: LIMIT_MS });
    // A connection that hangs is of no use to anybody.
    const limit = setTimeout(() => connection.destroy(), LIMIT_MS);
    try {
      return (await connection.query<Row & Record<string, unknown>>(statement)).rows;
    } finally {
      clearTimeout(limit);
    }
  } catch {
    // That it does not answer is the answer; the pool logs why connections fail.
    return undefined;
  }
}
