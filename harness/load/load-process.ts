/** The load's own process, so that what it costs is seen apart from the harness. Started by run-load.ts. */
import { serveParent } from './child-task.ts';
import { runClosedLoop } from './closed-loop.ts';
import type { LoadOrder, LoadProgress } from './load-outcome.ts';
import type { TransferredOutcome } from './run-load.ts';

serveParent<LoadOrder, LoadProgress, TransferredOutcome>(async (order, report) => {
  const { ledger, repeats, ...rest } = await runClosedLoop(order, report);
  return { ...rest, ledger: ledger.toTransfer(), repeats: repeats.toTransfer() };
});
