import type pg from 'pg';
import * as good from '../pool/pool-member.ts';
import { startServerWith } from './composition/start-server-with.ts';

let pushes = 0;

/**
 * A connection comes back to the pool with results on their way (the original under load with several workers; with
 * libpq the next statement is refused then, and its messages are lost). pg queues statements, so the refusal is made
 * here: one push in 50 leaves a result unread, and nobody reads it at release.
 */
class UndrainedMember extends good.PoolMember {
  #unread = false;

  override get isClean(): boolean {
    return true;
  }

  override async query<Row extends pg.QueryResultRow>(statement: good.Statement): Promise<pg.QueryResult<Row>> {
    if (this.#unread) {
      this.#unread = false;
      throw new Error('another command is already in progress');
    }
    const result = await super.query<Row>(statement);
    if (statement.name === 'push-chunk') pushes += 1;
    this.#unread = statement.name === 'push-chunk' && pushes % 50 === 0;
    return result;
  }
}

await startServerWith('pool/pool-member.ts', good, { PoolMember: UndrainedMember });
