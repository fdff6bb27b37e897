/** The load's own process, so that what it costs is seen apart from the harness. Started by run-load.ts. */
import { VitalsMeter } from '../measure/vitals.ts';
import { serveParent } from './child-task.ts';
import { runClosedLoop } from './closed-loop.ts';
import type { LoadOrder, WatchedProgress } from './load-outcome.ts';
import type { TransferredOutcome } from './run-load.ts';

serveParent<LoadOrder, WatchedProgress, TransferredOutcome>(async (order, report) => {
  using meter = new VitalsMeter();
  const { ledger, repeats, ...rest } = await runClosedLoop(order, (progress) =>
    report({ ...progress, vitals: meter.read() }),
  );
  return { ...rest, ledger: ledger.toTransfer(), repeats: repeats.toTransfer() };
});
