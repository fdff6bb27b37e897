import type { DatabaseCounters } from '../history/evidence.ts';
import { withAdminSession } from '../postgres/admin-session.ts';
import type { ConnectionTarget } from '../postgres/provider.ts';

/** What one database has counted up to now. */
export interface CounterReading extends Omit<DatabaseCounters, 'resetByCrash'> {
  /** When the cluster's counters were set to zero last, which a recovery from a crash does; text, to be compared only. */
  readonly resetAt: string;
}

// bigint comes as text from the driver; float8 counts exactly up to 2^53.
const COUNTERS_SQL = `
  SELECT xact_commit::float8 AS commits,
         xact_rollback::float8 AS rollbacks,
         deadlocks::float8 AS deadlocks,
         sessions_fatal::float8 AS "sessionsFatal",
         sessions_killed::float8 AS "sessionsKilled",
         sessions_abandoned::float8 AS "sessionsAbandoned",
         (SELECT stats_reset FROM pg_stat_wal)::text AS "resetAt"
    FROM pg_stat_database
   WHERE datname = $1`;

/**
 * Reads the cumulative counters of one database. A session adds its own figures at most once a second while it runs,
 * and for certain before it leaves `pg_stat_activity`: read after the server's sessions are gone (see
 * `countServerSessions`), or the last second is missing. Call it over another database than the one that is counted,
 * which `admin` is: then the reading itself is not counted.
 *
 * Throws what the driver throws, and an Error when there is no such database.
 */
export function readDatabaseCounters(admin: ConnectionTarget, databaseName: string): Promise<CounterReading> {
  return withAdminSession(admin, async (client) => {
    const { rows } = await client.query<CounterReading>(COUNTERS_SQL, [databaseName]);
    const [row] = rows;
    if (row === undefined) throw new Error(`pg_stat_database knows no database "${databaseName}"`);
    return row;
  });
}

/**
 * What was added between two readings of the same database. PostgreSQL forgets its counters in a crash: then it is what was
 * counted since the last one.
 */
export function countersBetween(before: CounterReading, after: CounterReading): DatabaseCounters {
  const resetByCrash = before.resetAt !== after.resetAt;
  const added = (counter: keyof Omit<CounterReading, 'resetAt'>) =>
    resetByCrash ? after[counter] : after[counter] - before[counter];
  return {
    resetByCrash,
    commits: added('commits'),
    rollbacks: added('rollbacks'),
    deadlocks: added('deadlocks'),
    sessionsFatal: added('sessionsFatal'),
    sessionsKilled: added('sessionsKilled'),
    sessionsAbandoned: added('sessionsAbandoned'),
  };
}
