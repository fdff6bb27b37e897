import type { Client } from 'pg';
import { CommandError, EXIT_CODE } from '../cli/exit-code.ts';
import { withAdminSession } from './admin-session.ts';
import type { ConnectionTarget, RunningPostgres } from './provider.ts';

export type ServerFacts = Pick<
  RunningPostgres,
  'version' | 'maxConnections' | 'reservedConnections' | 'nonDefaultSettings'
>;

// Paths of the server's machine, and commands or connection strings that may hold secrets, stay out of reports.
const PRIVATE_SETTING = /_(file|files|dir|directory|directories|command|conninfo|path)$|passphrase|^krb_|^ssl_/;

const LIMITS_SQL = `
  SELECT version() AS version,
         current_setting('max_connections')::int AS max_connections,
         current_setting('superuser_reserved_connections')::int
           + coalesce(current_setting('reserved_connections', true), '0')::int AS reserved_connections`;

// current_setting() shows the value with its unit, as a person would write it in postgresql.conf.
const NON_DEFAULT_SQL = `
  SELECT name, current_setting(name) AS value
    FROM pg_settings
   WHERE source NOT IN ('default', 'override', 'client', 'session')
     AND setting IS DISTINCT FROM boot_val
   ORDER BY name`;

/** Reads version, connection limits and non-default settings (no paths, no secrets) in one session. */
export async function readServerFacts(target: ConnectionTarget): Promise<ServerFacts> {
  return withAdminSession(target, async (client) => ({
    ...(await readLimits(client)),
    nonDefaultSettings: await readNonDefaultSettings(client),
  }));
}

/**
 * Refuses a server whose max_connections is not what the scenario asks for; `any` accepts every number.
 * Throws CommandError (unavailable) that names both numbers.
 */
export function requireMaxConnections(facts: ServerFacts, wanted: number | 'any', hint: string): void {
  if (wanted === 'any' || facts.maxConnections === wanted) return;
  throw new CommandError(
    EXIT_CODE.unavailable,
    `PostgreSQL has max_connections = ${facts.maxConnections}, but the scenario asks for ${wanted}`,
    { hint },
  );
}

async function readLimits(client: Client): Promise<Omit<ServerFacts, 'nonDefaultSettings'>> {
  const { rows } = await client.query<{ version: string; max_connections: number; reserved_connections: number }>(
    LIMITS_SQL,
  );
  const row = rows[0];
  if (row === undefined) throw new Error('PostgreSQL answered the question for its limits with no row');
  return {
    version: row.version,
    maxConnections: row.max_connections,
    reservedConnections: row.reserved_connections,
  };
}

async function readNonDefaultSettings(client: Client): Promise<Readonly<Record<string, string>>> {
  const { rows } = await client.query<{ name: string; value: string }>(NON_DEFAULT_SQL);
  const open = rows.filter((row) => !PRIVATE_SETTING.test(row.name));
  return Object.freeze(Object.fromEntries(open.map((row) => [row.name, row.value])));
}
