/** The process of its own in which database-limits.ts measures. */
import { serveParent } from '../load/child-task.ts';
import { CEILING_CONNECTIONS } from './ceiling.ts';
import { insertForDuration } from './ceiling-inserts.ts';
import { commitForDuration } from './commit-rate.ts';
import type { DatabaseLimits, DatabaseLimitsOrder } from './database-limits.ts';

serveParent<DatabaseLimitsOrder, never, DatabaseLimits>(async (order) => {
  const { throughputMsgPerS: singleInsertsPerS } = await insertForDuration({ ...order, batch: 1, inFlight: 1 });
  const { target, durationMs } = order;
  return {
    singleInsertsPerS,
    loneCommitsPerS: await commitForDuration({ target, durationMs, connections: 1 }),
    commitsPerS: await commitForDuration({ target, durationMs, connections: CEILING_CONNECTIONS }),
  };
});
