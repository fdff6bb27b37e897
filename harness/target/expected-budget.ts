import type { ExpectedBudget } from '../history/evidence.ts';

/**
 * The connections a server with this DB_POOL_SIZE may hold by the contract: 95 % of it in all, 60 % of these for the
 * asynchronous pool, the rest for the thread-pool route, every share rounded down (80 → 76 = 45 + 31).
 *
 * The server has a formula of its own. This one is written from the contract and not shared with it on purpose: a
 * server that gets its own sum wrong must not be judged by that same sum.
 */
export function expectedBudget(poolSize: number): ExpectedBudget {
  const total = Math.floor(poolSize * 0.95);
  const async = Math.floor(total * 0.6);
  return { total, async, regular: total - async };
}
