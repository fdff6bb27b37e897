import { DatabaseError } from 'pg';
import { withAdminSession } from '../postgres/admin-session.ts';
import type { ConnectionTarget } from '../postgres/provider.ts';

const UNDEFINED_TABLE = '42P01';

const ROWS_SQL = `
  SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0)::float8 AS rows FROM pg_stat_user_tables`;

// PostgreSQL 18 counts the log's fsyncs here; before, there is no such object, and the sum is null.
const FSYNCS_SQL = `SELECT sum(fsyncs)::float8 AS fsyncs FROM pg_stat_io WHERE object = 'wal'`;

/**
 * Rows inserted, updated and deleted in the tables of a database since it was made, catalogs left out. A session adds its
 * own at most once a second, and for certain when it ends: read after the server's sessions are gone. Throws what the driver
 * throws.
 */
export function readRowsWritten(database: ConnectionTarget): Promise<number> {
  return withAdminSession(database, async (client) => {
    const { rows } = await client.query<{ rows: number }>(ROWS_SQL);
    const [row] = rows;
    if (row === undefined) throw new Error('pg_stat_user_tables was summed into no row');
    return row.rows;
  });
}

/**
 * How often the cluster has forced its write-ahead log to disk; take the difference of two readings. As exact as
 * {@link readRowsWritten}. Undefined where PostgreSQL does not count it (before 18). Throws what the driver throws.
 */
export function readWalFsyncs(admin: ConnectionTarget): Promise<number | undefined> {
  return withAdminSession(admin, async (client) => {
    const counted = await client.query<{ fsyncs: number | null }>(FSYNCS_SQL).catch((error: unknown) => {
      if (error instanceof DatabaseError && error.code === UNDEFINED_TABLE) return undefined;
      throw error;
    });
    return counted?.rows[0]?.fsyncs ?? undefined;
  });
}
