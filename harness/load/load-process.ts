/** The load's own process, so that what it costs is seen apart from the harness. Started by run-load.ts. */
import { VitalsMeter } from '../measure/vitals.ts';
import { serveParent } from './child-task.ts';
import { runClosedLoop } from './closed-loop.ts';
import type { LoadOrder, LoadOutcome, LoadProgress, WatchedProgress } from './load-outcome.ts';
import { runOpenLoop } from './open-loop.ts';
import type { TransferredOutcome } from './run-load.ts';
import { runSaturation } from './saturation-loop.ts';

serveParent<LoadOrder, WatchedProgress, TransferredOutcome>(async (order, report) => {
  using meter = new VitalsMeter();
  const { ledger, repeats, ...rest } = await run(order, (progress) => report({ ...progress, vitals: meter.read() }));
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
