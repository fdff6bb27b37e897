import * as good from '../pool/connection-budget.ts';
import { startServerWith } from './composition/start-server-with.ts';

/** Fix 3 of the original's note: every worker opens the connections that are meant for all of them together. */
await startServerWith('pool/connection-budget.ts', good, {
  divideBudget: (budget, workers) => Array.from({ length: workers }, () => budget),
});
