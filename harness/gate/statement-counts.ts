import { withAdminSession } from '../postgres/admin-session.ts';
import type { ConnectionTarget } from '../postgres/provider.ts';

/** A statement as pg_stat_statements has it: constants are taken out of its text. */
export interface StatementCount {
  readonly text: string;
  readonly calls: number;
  readonly totalUs: number;
}

// A statement of several users, or nested in another, stands in several rows.
const SQL = `
  SELECT query AS text, sum(calls)::float8 AS calls, sum(total_exec_time)::float8 * 1000 AS "totalUs"
    FROM pg_stat_statements
    JOIN pg_database ON pg_database.oid = pg_stat_statements.dbid
   WHERE datname = $1
   GROUP BY query`;

/** All statements that were executed in one database. Throws what the driver throws, also where nobody counts them. */
export function readStatementCounts(admin: ConnectionTarget, database: string): Promise<readonly StatementCount[]> {
  return withAdminSession(admin, async (client) => (await client.query<StatementCount>(SQL, [database])).rows);
}
