/** The load's own process, so that what it costs is seen apart from the harness. Started by run-load.ts. */
import { serveParent } from './child-task.ts';
import { runClosedLoop } from './closed-loop.ts';
import type { LoadOrder, LoadOutcome, LoadProgress } from './load-outcome.ts';
import { runOpenLoop } from './open-loop.ts';
import type { TransferredOutcome } from './run-load.ts';
import { runSaturation } from './saturation-loop.ts';

serveParent<LoadOrder, LoadProgress, TransferredOutcome>(async (order, report) => {
  const { ledger, repeats, ...rest } = await run(order, report);
  return { ...rest, ledger: ledger.toTransfer(), repeats: repeats.toTransfer() };
});

async function run(order: LoadOrder, report: (progress: LoadProgress) => void): Promise<LoadOutcome> {
  switch (order.load.model) {
    case 'closed':
      return await runClosedLoop(order, report);
    case 'open':
      return await runOpenLoop(order, report);
    case 'saturation':
      return await runSaturation(order, report);
  }
}
