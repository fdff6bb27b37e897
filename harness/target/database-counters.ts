import type { DatabaseCounters } from '../history/evidence.ts';
import { withAdminSession } from '../postgres/admin-session.ts';
import type { ConnectionTarget } from '../postgres/provider.ts';

// bigint comes as text from the driver; float8 counts exactly up to 2^53.
const COUNTERS_SQL = `
  SELECT xact_commit::float8 AS commits,
         xact_rollback::float8 AS rollbacks,
         deadlocks::float8 AS deadlocks,
         sessions_fatal::float8 AS "sessionsFatal",
         sessions_killed::float8 AS "sessionsKilled",
         sessions_abandoned::float8 AS "sessionsAbandoned"
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
export function readDatabaseCounters(admin: ConnectionTarget, databaseName: string): Promise<DatabaseCounters> {
  return withAdminSession(admin, async (client) => {
    const { rows } = await client.query<DatabaseCounters>(COUNTERS_SQL, [databaseName]);
    const [row] = rows;
    if (row === undefined) throw new Error(`pg_stat_database knows no database "${databaseName}"`);
    return row;
  });
}

/** What was added between two readings of the same database. */
export function countersBetween(before: DatabaseCounters, after: DatabaseCounters): DatabaseCounters {
  return {
    commits: after.commits - before.commits,
    rollbacks: after.rollbacks - before.rollbacks,
    deadlocks: after.deadlocks - before.deadlocks,
    sessionsFatal: after.sessionsFatal - before.sessionsFatal,
    sessionsKilled: after.sessionsKilled - before.sessionsKilled,
    sessionsAbandoned: after.sessionsAbandoned - before.sessionsAbandoned,
  };
}
