import { randomUUID } from 'node:crypto';
import { escapeIdentifier } from 'pg';
import type { ConnectionTarget } from '../postgres/provider.ts';
import { OutsideSession } from './outside-session.ts';
import { untilPostgresAnswers } from './postgres-answer.ts';

const REMOVAL_LIMIT_MS = 30_000;

export interface SlowTriggerOptions {
  readonly database: ConnectionTarget;
  readonly schema: string;
  /** Without the schema. */
  readonly tables: readonly string[];
  readonly delayMs: number;
}

/** A function and a trigger a table, which make every writing statement on these tables sleep before it does anything. */
export class SlowTrigger {
  readonly #options: SlowTriggerOptions;
  readonly #tables: readonly string[];
  readonly #trigger: string;
  readonly #function: string;
  #installed = false;

  constructor(options: SlowTriggerOptions) {
    const schema = escapeIdentifier(options.schema);
    this.#options = options;
    this.#tables = options.tables.map((table) => `${schema}.${escapeIdentifier(table)}`);
    // Two of them may be in effect at once.
    this.#trigger = `queueproof_slow_${randomUUID().slice(0, 8)}`;
    this.#function = `${schema}.${this.#trigger}`;
  }

  /** Installs it. Every statement is a transaction of its own: locks of two tables at once could make a deadlock. */
  async install(): Promise<void> {
    const { database, delayMs } = this.#options;
    const session = await OutsideSession.open(database);
    try {
      await session.query(this.#functionText(`PERFORM pg_sleep(${delayMs / 1000});`));
      this.#installed = true;
      for (const table of this.#tables) {
        await session.query(
          `CREATE TRIGGER ${this.#trigger} BEFORE INSERT OR UPDATE OR DELETE ON ${table}
             FOR EACH STATEMENT EXECUTE FUNCTION ${this.#function}()`,
        );
      }
      for (const table of this.#tables) await this.#requireSlowness(session, table);
    } finally {
      await session.close();
    }
  }

  /** Removes all there is of it; waits for a PostgreSQL that is down or paused. */
  async remove(): Promise<void> {
    if (!this.#installed) return;
    const { database, delayMs } = this.#options;
    await untilPostgresAnswers(database, REMOVAL_LIMIT_MS);
    const session = await OutsideSession.open(database);
    try {
      // New statements are fast from here on; those that sleep already are waited for.
      await session.query(this.#functionText(''));
      await session.query(`SET lock_timeout = ${Math.ceil(REMOVAL_LIMIT_MS + delayMs)}`);
      for (const table of this.#tables) await session.query(`DROP TRIGGER IF EXISTS ${this.#trigger} ON ${table}`);
      await session.query(`DROP FUNCTION IF EXISTS ${this.#function}()`);
    } finally {
      await session.close();
    }
  }

  /** Also a statement that finds no row sleeps. */
  async #requireSlowness(session: OutsideSession, table: string): Promise<void> {
    const { delayMs } = this.#options;
    const startedMs = performance.now();
    await session.query(`DELETE FROM ${table} WHERE false`);
    const tookMs = performance.now() - startedMs;
    // PostgreSQL and we read different clocks.
    if (tookMs < delayMs * 0.9) throw new Error(`a statement on ${table} took ${Math.round(tookMs)} ms`);
  }

  #functionText(work: string): string {
    return `CREATE OR REPLACE FUNCTION ${this.#function}() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN ${work} RETURN NULL; END $$`;
  }
}
