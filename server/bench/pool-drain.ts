/** What a connection costs that comes back dirty: with a result on its way, or inside a transaction. */
import { deepStrictEqual, notStrictEqual } from 'node:assert/strict';
import type { PooledConnection } from '../pool/pooled-connection.ts';
import { openBenchPool } from './bench-pool.ts';
import { measure } from './measured-work.ts';

/** There is one connection, so whoever borrows next gets the one that was cleaned. */
await using pool = await openBenchPool(1);

interface DirtyRelease<Dirt> {
  readonly what: string;
  /** What counts it, once a release; no connection may be thrown away. */
  readonly counter: 'drained' | 'rolledBack';
  readonly makeDirty: (connection: PooledConnection) => Promise<Dirt>;
  /** Throws when the next borrower gets something of it. */
  readonly checkClean: (dirt: Dirt) => Promise<void>;
}

async function measureRelease<Dirt>({ what, counter, makeDirty, checkClean }: DirtyRelease<Dirt>): Promise<void> {
  await measure({
    what,
    scale: 'µs',
    piece: 'release',
    pieces: 1,
    before: async () => {
      const before = cleanings();
      const connection = await pool.acquire();
      return { before, connection, dirt: await makeDirty(connection) };
    },
    work: async ({ connection }) => {
      await connection.release();
      return cleanings();
    },
    check: async (after, { before, dirt }) => {
      deepStrictEqual(after, { ...before, [counter]: before[counter] + 1 });
      await checkClean(dirt);
    },
  });
}

function cleanings() {
  const { drained, rolledBack, discarded, idle } = pool.statistics();
  // It is idle again when the release is over; before, it was idle too.
  return { drained, rolledBack, discarded, idle };
}

/** The same one again and again while a transaction lasts, else a new one each time. */
async function transactionOf(connection: PooledConnection): Promise<string | undefined> {
  const text = 'select pg_current_xact_id()::text as id';
  return (await connection.query<{ readonly id: string }>({ text })).rows[0]?.id;
}

await measureRelease({
  what: 'release with a result on its way: drained',
  counter: 'drained',
  // Not awaited: that is what makes it dirty.
  makeDirty: async (connection) => ({ forgotten: connection.query({ text: 'select 1 as one' }) }),
  checkClean: async ({ forgotten }) => {
    deepStrictEqual((await forgotten).rows, [{ one: 1 }]);
    await using next = await pool.acquire();
    deepStrictEqual((await next.query({ text: 'select 2 as two' })).rows, [{ two: 2 }]);
  },
});

await measureRelease({
  what: 'release inside a transaction: rolled back',
  counter: 'rolledBack',
  makeDirty: async (connection) => {
    await connection.query({ text: 'begin' });
    return await transactionOf(connection);
  },
  checkClean: async (transaction) => {
    await using next = await pool.acquire();
    notStrictEqual(await transactionOf(next), transaction);
  },
});
