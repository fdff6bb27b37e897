/** What it costs to borrow a connection and give it back: when one is idle, and when many callers wait for few. */
import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import { openBenchPool } from './bench-pool.ts';
import { measure } from './measured-work.ts';

const CONNECTIONS = 4;
/** One after the other in one iteration, so that the clock's resolution does not matter. */
const LOANS = 1_000;
const CALLERS = 64;

await using pool = await openBenchPool(CONNECTIONS);

function checkIdle(): void {
  const { size, idle, waiting, drained, rolledBack, discarded } = pool.statistics();
  const expected = { size: CONNECTIONS, idle: CONNECTIONS, waiting: 0, drained: 0, rolledBack: 0, discarded: 0 };
  deepStrictEqual({ size, idle, waiting, drained, rolledBack, discarded }, expected);
}

await measure({
  what: 'acquire and release, a connection is idle',
  scale: 'ns',
  piece: 'loan',
  pieces: LOANS,
  before: () => pool.statistics().acquireWaitUs.count,
  work: async () => {
    let lent = 0;
    while (lent < LOANS) {
      await using connection = await pool.acquire();
      lent += connection === undefined ? 0 : 1;
    }
    return lent;
  },
  check: (lent, before) => {
    strictEqual(lent, LOANS);
    strictEqual(pool.statistics().acquireWaitUs.count - before, LOANS);
    checkIdle();
  },
});

await measure({
  what: `acquire and release, ${CALLERS} callers for ${CONNECTIONS} connections`,
  scale: 'ns',
  piece: 'loan',
  pieces: CALLERS,
  before: () => undefined,
  work: async () => {
    const served: number[] = [];
    let holders = 0;
    let mostHolders = 0;
    const borrow = async (caller: number) => {
      await using connection = await pool.acquire();
      served.push(connection === undefined ? -1 : caller);
      holders += 1;
      mostHolders = Math.max(mostHolders, holders);
      // Others get a turn while it is lent, as they do while a statement runs.
      await undefined;
      holders -= 1;
    };
    await Promise.all(Array.from({ length: CALLERS }, (_, caller) => borrow(caller)));
    return { served, mostHolders };
  },
  check: ({ served, mostHolders }) => {
    // Everybody once, first come first served, and never more at once than there are connections.
    deepStrictEqual(
      served,
      Array.from({ length: CALLERS }, (_, caller) => caller),
    );
    strictEqual(mostHolders, CONNECTIONS);
    checkIdle();
  },
});

await measure({
  what: 'acquire, select 1, release: what the above is part of',
  scale: 'µs',
  piece: 'statement',
  pieces: 1,
  before: () => undefined,
  work: async () => {
    await using connection = await pool.acquire();
    return await connection.query<{ readonly one: number }>({ text: 'select 1 as one' });
  },
  check: ({ rows }) => {
    deepStrictEqual(
      rows.map(({ one }) => one),
      [1],
    );
    checkIdle();
  },
});
