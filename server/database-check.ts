import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import type { ServerConfig } from './config.ts';
import type { Logger } from './log.ts';
import { assertBudgetFits, type ConnectionBudget } from './pool/connection-budget.ts';
import { openSession } from './pool/session.ts';
import { migrate } from './sql/migrate.ts';
import { classifyFailure } from './sql/sqlstate.ts';

/** PostgreSQL could not be reached within DB_STARTUP_TIMEOUT. */
export class DatabaseUnavailableError extends Error {
  override readonly name = 'DatabaseUnavailableError';
}

const RETRY_DELAY_MS = 250;

/**
 * Makes sure, before any worker starts, that the database is there, has room for the whole budget and has the schema.
 *
 * @throws DatabaseUnavailableError, BudgetError, or what PostgreSQL answered to the migration.
 */
export async function prepareDatabase(config: ServerConfig, budget: ConnectionBudget, log: Logger): Promise<void> {
  const client = await connectWithRetry(config, log);
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
  } finally {
    await client.end();
  }
}

async function connectWithRetry(config: ServerConfig, log: Logger): Promise<pg.Client> {
  const giveUpAt = performance.now() + config.startupTimeoutMs;
  for (;;) {
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
      const { host, port, database } = config.database;
      if (classifyFailure(error) !== 'outage' || performance.now() >= giveUpAt) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new DatabaseUnavailableError(`PostgreSQL at ${host}:${port}/${database} cannot be used: ${reason}`, {
          cause: error,
        });
      }
      log.warn({ err: error }, 'PostgreSQL is not there yet, trying again');
      await delay(RETRY_DELAY_MS);
    }
  }
}
