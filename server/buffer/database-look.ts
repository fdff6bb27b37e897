import { setTimeout as delay } from 'node:timers/promises';
import type { AsyncDbPool } from '../pool/async-db-pool.ts';
import type { Statement } from '../pool/pool-member.ts';
import {
  type DatabaseViewRow,
  databaseViewStatement,
  findKnownQueuesStatement,
  toDatabaseView,
} from '../sql/system-state.ts';
import type { DatabaseView, KnownQueue } from './services.ts';

/** For a connection, and again for the answer. */
const LIMIT_MS = 1_000;

const LATE: unique symbol = Symbol('no answer in time');

/**
 * Asks PostgreSQL on behalf of the buffer, and takes silence for an answer. A statement that is late keeps its connection: a
 * database that is short of CPU must not have its connections thrown away for it. Until it is answered or its connection
 * breaks nothing more is asked, so that one that hangs ties up no more than one.
 */
export class DatabaseLook {
  readonly #pool: AsyncDbPool;
  #late: Promise<unknown> | undefined;

  constructor(pool: AsyncDbPool) {
    this.#pool = pool;
  }

  /** What PostgreSQL says of the things its servers share; undefined when it does not answer at once. */
  async look(fingerprint: string): Promise<DatabaseView | undefined> {
    const rows = await this.#ask<DatabaseViewRow>(databaseViewStatement(fingerprint));
    return rows?.[0] === undefined ? undefined : toDatabaseView(rows[0]);
  }

  /** Which of these queues exist; undefined when PostgreSQL does not answer at once. */
  async findQueues(names: readonly string[]): Promise<readonly KnownQueue[] | undefined> {
    return await this.#ask<KnownQueue>(findKnownQueuesStatement(names));
  }

  async #ask<Row extends object>(statement: Statement): Promise<readonly Row[] | undefined> {
    if (this.#late !== undefined) return undefined;
    const asking = this.#query<Row>(statement);
    const bound = new AbortController();
    const expired = delay(2 * LIMIT_MS, LATE, { signal: bound.signal }).catch((): typeof LATE => LATE);
    const answer = await Promise.race([asking, expired]);
    bound.abort();
    if (answer !== LATE) return answer;
    this.#late = asking.finally(() => {
      this.#late = undefined;
    });
    return undefined;
  }

  async #query<Row extends object>(statement: Statement): Promise<readonly Row[] | undefined> {
    try {
      await using connection = await this.#pool.acquire({ signal: this.#pool.outage, timeoutMs: LIMIT_MS });
      return (await connection.query<Row & Record<string, unknown>>(statement)).rows;
    } catch {
      // That it does not answer is the answer; the pool logs why connections fail.
      return undefined;
    }
  }
}
