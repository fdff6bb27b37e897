import type pg from 'pg';
import * as good from '../pool/pool-member.ts';
import { startServerWith } from './composition/start-server-with.ts';

let pushes = 0;

/**
 * docs/defects.md, 3: a statement fails inside a transaction, the connection goes back to the pool in the aborted
 * transaction, and whoever draws it next fails. No push of this server fails so; hence one in 50 is followed by a
 * transaction that does.
 */
class UnrolledMember extends good.PoolMember {
  override get isClean(): boolean {
    return true;
  }

  override async query<Row extends pg.QueryResultRow>(statement: good.Statement): Promise<pg.QueryResult<Row>> {
    const result = await super.query<Row>(statement);
    if (statement.name !== 'push-chunk') return result;
    pushes += 1;
    if (pushes % 50 === 0) {
      await super.query({ text: 'begin' });
      // What it fails of is nobody's affair; what is left behind is.
      await super.query({ text: 'select 1 / 0' }).catch(() => undefined);
    }
    return result;
  }
}

await startServerWith('pool/pool-member.ts', good, { PoolMember: UnrolledMember });
