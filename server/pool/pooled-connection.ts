import type pg from 'pg';
import type { PoolMember, Statement } from './pool-member.ts';

/**
 * A connection on loan. Use it with `await using connection = await pool.acquire()`: leaving the block gives it back,
 * cleaned, whatever happened in between.
 */
export class PooledConnection implements AsyncDisposable {
  readonly #member: PoolMember;
  readonly #giveBack: (member: PoolMember) => Promise<void>;
  #released = false;

  constructor(member: PoolMember, giveBack: (member: PoolMember) => Promise<void>) {
    this.#member = member;
    this.#giveBack = giveBack;
  }

  /** Runs a statement; see {@link PoolMember.query}. @throws Error after release. */
  query<Row extends pg.QueryResultRow>(statement: Statement): Promise<pg.QueryResult<Row>> {
    if (this.#released) return Promise.reject(new Error('This database connection was already released.'));
    return this.#member.query<Row>(statement);
  }

  /** Cuts the connection: statements under way are rejected. It must still be released. */
  destroy(): void {
    if (!this.#released) this.#member.destroy();
  }

  /**
   * Gives the connection back; resolves when it is clean and free again, or was discarded.
   *
   * @throws Error on the second call: by then somebody else may be using the connection.
   */
  async release(): Promise<void> {
    if (this.#released) throw new Error('A database connection was released twice.');
    this.#released = true;
    await this.#giveBack(this.#member);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#released) await this.release();
  }
}
