/** What it costs to share out the connections: done once at a start, so this guards against a slip, not a need. */
import { strictEqual } from 'node:assert/strict';
import { assertBudgetFits, type ConnectionBudget, connectionBudget, divideBudget } from '../pool/connection-budget.ts';
import { measure } from './measured-work.ts';

const WORKERS = 8;
const LIMITS = Object.freeze({ maxConnections: 1_000, reserved: 3 });
/** From the smallest that gives every worker both kinds. */
const POOL_SIZES = Array.from({ length: 900 }, (_, index) => index + 30);

await measure({
  what: `budget, divided over ${WORKERS} workers and held against PostgreSQL`,
  scale: 'ns',
  piece: 'budget',
  pieces: POOL_SIZES.length,
  before: () => undefined,
  work: () =>
    POOL_SIZES.map((poolSize): readonly ConnectionBudget[] => {
      const budget = connectionBudget(poolSize, 'split');
      assertBudgetFits(budget, { ...LIMITS, poolSize });
      return divideBudget(budget, WORKERS, 'split');
    }),
  check: (shares) => {
    for (const [index, poolSize] of POOL_SIZES.entries()) {
      const parts = shares[index] ?? [];
      const total = Math.floor((poolSize * 95) / 100);
      const async = Math.floor((total * 60) / 100);
      strictEqual(parts.length, WORKERS);
      strictEqual(sum(parts, 'async'), async);
      strictEqual(sum(parts, 'regular'), total - async);
      strictEqual(sum(parts, 'total'), total);
    }
  },
});

function sum(parts: readonly ConnectionBudget[], kind: keyof ConnectionBudget): number {
  return parts.reduce((total, part) => total + part[kind], 0);
}
