import { withAdminSession } from '../postgres/admin-session.ts';
import type { ConnectionTarget } from '../postgres/provider.ts';

/** What a PostgreSQL has done up to now. Only differences of two readings mean something. */
export interface DatabaseSpending {
  /** Position in the write-ahead log, in bytes; of the whole cluster. */
  readonly walBytes: number;
  /** Transaction ids given out: one to every transaction that writes, and to its subtransactions; of the whole cluster. */
  readonly writeTransactions: number;
  /** Statements executed in the database; undefined where nobody counts them (`pg_stat_statements` is not loaded). */
  readonly statements: number | undefined;
}

const CLUSTER_SQL = `
  SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::float8 AS "walBytes",
         pg_snapshot_xmax(pg_current_snapshot())::text::float8 AS "writeTransactions"`;

// Without the texts, which would be read from a file. An entry that had to make room for others took its count along.
const STATEMENTS_SQL = `
  SELECT (SELECT coalesce(sum(calls), 0)
            FROM pg_stat_statements(false) AS counted
            JOIN pg_database ON pg_database.oid = counted.dbid
           WHERE datname = $1)::float8 AS statements,
         (SELECT dealloc + extract(epoch FROM stats_reset) FROM pg_stat_statements_info)::text AS era`;

/** A reading with what tells whether a later one still counts from the same beginning; text, to be compared only. */
export interface SpendingReading extends DatabaseSpending {
  readonly era: string;
}

/**
 * Asked first, because a statement that fails is rolled back, and on a target the reading itself is in the database whose
 * rollbacks are counted. The setting exists where the library is loaded, the function where the extension was made.
 */
const IS_COUNTED_SQL = `
  SELECT to_regprocedure('pg_stat_statements(boolean)') IS NOT NULL
         AND EXISTS (SELECT FROM pg_settings WHERE name = 'pg_stat_statements.max') AS "isCounted"`;

/**
 * Reads what is exact at every moment, whether sessions go on or not: the end of the log, the next transaction id, and the
 * calls of `pg_stat_statements`, which are counted in shared memory when a statement ends. (The counters of
 * `pg_stat_database`, `pg_stat_wal` and `pg_stat_io` are not: a session adds its own at most once a second, and one that
 * is idle after 10 s.) Call it over another database than the one that is counted, which `admin` is.
 *
 * Throws what the driver throws; a standby cannot be read.
 */
export function readDatabaseSpending(admin: ConnectionTarget, databaseName: string): Promise<SpendingReading> {
  return withAdminSession(admin, async (client) => {
    const [asked] = (await client.query<{ isCounted: boolean }>(IS_COUNTED_SQL)).rows;
    const counted =
      asked?.isCounted === true
        ? await client.query<{ statements: number; era: string }>(STATEMENTS_SQL, [databaseName])
        : undefined;
    const { rows } = await client.query<Pick<DatabaseSpending, 'walBytes' | 'writeTransactions'>>(CLUSTER_SQL);
    const [row] = rows;
    if (row === undefined) throw new Error('PostgreSQL told its position in the log in no row');
    return { ...row, statements: counted?.rows[0]?.statements, era: counted?.rows[0]?.era ?? '' };
  });
}

/** What was done between two readings of the same server, which did not crash meanwhile. */
export function spendingBetween(before: SpendingReading, after: SpendingReading): DatabaseSpending {
  const isCounted = before.era === after.era && before.statements !== undefined && after.statements !== undefined;
  return {
    walBytes: after.walBytes - before.walBytes,
    writeTransactions: after.writeTransactions - before.writeTransactions,
    statements: isCounted ? after.statements - before.statements : undefined,
  };
}
