/** What a connection costs that comes back dirty: with a result on its way, or inside a transaction. */
import { deepStrictEqual, notStrictEqual } from 'node:assert/strict';
import type { PooledConnection } from '../pool/pooled-connection.ts';
import { openBenchPool } from './bench-pool.ts';
import { measure } from './measure.ts';

await using pool = await openBenchPool(1);

/** One iteration cleans one connection, in the way that is measured, and throws none away. */
function cleanings() {
  const { drained, rolledBack, discarded, idle } = pool.statistics();
  return { drained, rolledBack, discarded, idle };
}

async function release(connection: PooledConnection) {
  await connection.release();
  return cleanings();
}

await measure({
  what: 'release with a result on its way: drained',
  scale: 'µs',
  piece: 'release',
  pieces: 1,
  before: async () => {
    const before = cleanings();
    const connection = await pool.acquire();
    const forgotten = connection.query<{ readonly one: number }>({ text: 'select 1 as one' });
    return { before, connection, forgotten };
  },
  work: async ({ connection }) => await release(connection),
  check: async (after, { before, forgotten }) => {
    deepStrictEqual(after, { ...before, drained: before.drained + 1 });
    deepStrictEqual(
      (await forgotten).rows.map(({ one }) => one),
      [1],
    );
  },
});

/** The same one again and again while a transaction lasts, else a new one each time. */
async function transactionOf(session: Pick<PooledConnection, 'query'>): Promise<string | undefined> {
  const text = 'select pg_current_xact_id()::text as id';
  return (await session.query<{ readonly id: string }>({ text })).rows[0]?.id;
}

await measure({
  what: 'release inside a transaction: rolled back',
  scale: 'µs',
  piece: 'release',
  pieces: 1,
  before: async () => {
    const before = cleanings();
    const connection = await pool.acquire();
    await connection.query({ text: 'begin' });
    return { before, connection, transaction: await transactionOf(connection) };
  },
  work: async ({ connection }) => await release(connection),
  check: async (after, { before, transaction }) => {
    deepStrictEqual(after, { ...before, rolledBack: before.rolledBack + 1 });
    // There is one connection, so this is the same session.
    await using next = await pool.acquire();
    notStrictEqual(await transactionOf(next), transaction);
  },
});
