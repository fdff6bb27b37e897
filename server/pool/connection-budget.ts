/** How the configured connections are shared out: `split` keeps the thread-pool route alive, `unified` does without. */
export const POOL_MODES = ['split', 'unified'] as const;

export type PoolMode = (typeof POOL_MODES)[number];

/** Connections of one process or of the whole server. */
export interface ConnectionBudget {
  readonly total: number;
  readonly async: number;
  readonly regular: number;
}

/** Share of DB_POOL_SIZE that is used; the rest is head-room for psql and migrations. */
const USED_SHARE_PERCENT = 95;
/** Share of the used connections that the async pool gets in split mode. */
const ASYNC_SHARE_PERCENT = 60;

/** The server cannot run with the connections it was given; the message names both numbers. */
export class BudgetError extends Error {
  override readonly name = 'BudgetError';
}

/**
 * Connections of the whole server: 95 % of `poolSize`, 60 % of these for the async pool (80 → 76 = 45 + 31).
 */
export function connectionBudget(poolSize: number, mode: PoolMode): ConnectionBudget {
  const total = Math.floor((poolSize * USED_SHARE_PERCENT) / 100);
  const async = mode === 'unified' ? total : Math.floor((total * ASYNC_SHARE_PERCENT) / 100);
  return { total, async, regular: total - async };
}

/**
 * The budget of each worker. The parts add up exactly: the first workers get what does not divide evenly. Remainders of
 * the two pools are dealt from opposite ends, so that no worker collects both.
 *
 * @throws BudgetError when a worker would be left without a connection of a kind it needs.
 */
export function divideBudget(budget: ConnectionBudget, workers: number, mode: PoolMode): readonly ConnectionBudget[] {
  const smallest = mode === 'unified' ? budget.async : Math.min(budget.async, budget.regular);
  if (smallest < workers) {
    throw new BudgetError(
      `DB_POOL_SIZE leaves ${budget.async} async and ${budget.regular} regular connections for NUM_WORKERS=${workers}; ` +
        'every worker needs at least one of each. Raise DB_POOL_SIZE or lower NUM_WORKERS.',
    );
  }
  return Array.from({ length: workers }, (_, index) => {
    const async = share(budget.async, workers, index);
    const regular = share(budget.regular, workers, workers - 1 - index);
    return { total: async + regular, async, regular };
  });
}

/** Refuses a budget that PostgreSQL could not serve: `reserved` slots are closed to ordinary roles. */
export function assertBudgetFits(
  budget: ConnectionBudget,
  limits: { readonly maxConnections: number; readonly reserved: number; readonly poolSize: number },
): void {
  const usable = limits.maxConnections - limits.reserved;
  if (budget.total <= usable) return;
  // The largest whose used share, rounded down, is not above what is offered.
  const largest = Math.ceil(((usable + 1) * 100) / USED_SHARE_PERCENT) - 1;
  throw new BudgetError(
    `DB_POOL_SIZE=${limits.poolSize} needs ${budget.total} connections, but PostgreSQL offers ${usable} ` +
      `(max_connections=${limits.maxConnections}, ${limits.reserved} reserved). ` +
      `Set DB_POOL_SIZE to ${largest} or less, or raise max_connections.`,
  );
}

function share(connections: number, workers: number, index: number): number {
  return Math.floor(connections / workers) + (index < connections % workers ? 1 : 0);
}
