import type { ExpectedBudget } from '../history/evidence.ts';
import type { PoolMode } from '../scenario/groups.ts';

/**
 * The connections a server with this DB_POOL_SIZE may hold by the contract: 95 % of it in all, every share rounded down.
 * In split mode 60 % of these are for the asynchronous pool and the rest for the thread-pool route (80 → 76 = 45 + 31);
 * in unified mode all are for the asynchronous pool.
 *
 * The server has a formula of its own. This one is written from the contract and not shared with it on purpose: a
 * server that gets its own sum wrong must not be judged by that same sum.
 */
export function expectedBudget(poolSize: number, poolMode: PoolMode = 'split'): ExpectedBudget {
  const total = Math.floor(poolSize * 0.95);
  const async = poolMode === 'unified' ? total : Math.floor(total * 0.6);
  return { total, async, regular: total - async };
}

/** The same for a server of which only the DB_POOL_SIZE is known: how it shares the total between its pools is its affair. */
export function budgetInAll(poolSize: number): ExpectedBudget {
  const { total } = expectedBudget(poolSize);
  return { total, async: total, regular: total };
}
