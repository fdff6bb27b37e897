import type { ExpectedBudget, Missing } from '../history/evidence.ts';
import { budgetInAll, expectedBudget } from '../target/expected-budget.ts';
import type { RunOrder } from './run-order.ts';

/** The connections the server of a run may hold. */
export function expectedBudgetOf({ planned, context: { target } }: RunOrder): ExpectedBudget | Missing {
  const { poolSize, poolMode } = planned.arm.server;
  if (target === undefined) return expectedBudget(poolSize, poolMode);
  if (target.poolSize !== undefined) return budgetInAll(target.poolSize);
  return { missing: "nobody told the target's DB_POOL_SIZE (--target-pool-size)" };
}
