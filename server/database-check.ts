import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import type { DatabaseView } from './buffer/services.ts';
import type { ServerConfig } from './config.ts';
import type { Logger } from './log.ts';
import { assertBudgetFits, type ConnectionBudget } from './pool/connection-budget.ts';
import { openSession } from './pool/session.ts';
import { migrate } from './sql/migrate.ts';
import { classifyFailure } from './sql/sqlstate.ts';
import { type DatabaseViewRow, databaseViewStatement, toDatabaseView } from './sql/system-state.ts';

/** PostgreSQL could not be reached within DB_STARTUP_TIMEOUT. */
export class DatabaseUnavailableError extends Error {
  override readonly name = 'DatabaseUnavailableError';
}

const RETRY_DELAY_MS = 250;

/**
 * Makes sure, before anybody uses it, that the database has room for the whole budget and has the schema.
 *
 * @returns what the servers of this database share; undefined when PostgreSQL is away, so that it is worth another try.
 * @throws DatabaseUnavailableError when trying again is of no use; BudgetError; what PostgreSQL answered to the migration.
 */
export async function prepareDatabase(
  config: ServerConfig,
  budget: ConnectionBudget,
  log: Logger,
): Promise<DatabaseView | undefined> {
  const client = await connect(config, log);
  if (client === undefined) return undefined;
  try {
    const { rows } = await client.query<{ name: string; setting: string }>(
      `select name, setting from pg_settings
       where name in ('max_connections', 'superuser_reserved_connections', 'reserved_connections')`,
    );
    const limit = (name: string): number => Number(rows.find((row) => row.name === name)?.setting ?? 0);
    assertBudgetFits(budget, {
      maxConnections: limit('max_connections'),
      reserved: limit('superuser_reserved_connections') + limit('reserved_connections'),
      poolSize: config.poolSize,
    });
    const applied = await migrate(client, config.schema);
    if (applied.length > 0) log.info({ migrations: applied }, 'schema is up to date');
    const { text, values } = databaseViewStatement('');
    const row = (await client.query<DatabaseViewRow>(text, [...(values ?? [])])).rows[0];
    if (row === undefined) throw new Error('The table system_state lacks the maintenance mode.');
    return toDatabaseView(row);
  } catch (error) {
    if (classifyFailure(error) !== 'outage') throw error;
    log.warn({ err: error }, 'PostgreSQL went away while it was prepared');
    return undefined;
  } finally {
    await client.end();
  }
}

/** Tries until the start-up time is over. @throws as {@link prepareDatabase}, or the signal's reason. */
export async function prepareDatabaseInTime(
  config: ServerConfig,
  budget: ConnectionBudget,
  log: Logger,
  signal: AbortSignal,
): Promise<DatabaseView> {
  const giveUpAt = performance.now() + config.startupTimeoutMs;
  for (;;) {
    const view = await prepareDatabase(config, budget, log);
    if (view !== undefined) return view;
    if (performance.now() >= giveUpAt) throw unavailable(config, `it was away for ${config.startupTimeoutMs} ms`);
    await delay(RETRY_DELAY_MS, undefined, { signal });
  }
}

async function connect(config: ServerConfig, log: Logger): Promise<pg.Client | undefined> {
  try {
    return await openSession(config.database, {
      applicationName: 'queueproof/control/0',
      schema: config.schema,
      // Migrations of a large table may take long.
      statementTimeoutMs: 0,
      lockTimeoutMs: config.lockTimeoutMs,
      idleInTransactionTimeoutMs: config.idleInTransactionTimeoutMs,
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (classifyFailure(error) !== 'outage') throw unavailable(config, reason, error);
    log.warn({ err: error }, 'PostgreSQL is not there yet, trying again');
    return undefined;
  }
}

function unavailable(config: ServerConfig, reason: string, cause?: unknown): DatabaseUnavailableError {
  const { host, port, database } = config.database;
  return new DatabaseUnavailableError(`PostgreSQL at ${host}:${port}/${database} cannot be used: ${reason}`, { cause });
}
