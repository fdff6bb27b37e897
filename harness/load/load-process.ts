/** The load's own process, so that what it costs is seen apart from the harness. Started by run-load.ts. */
import { VitalsMeter } from '../measure/vitals.ts';
import { serveParent } from './child-task.ts';
import { runClosedLoop } from './closed-loop.ts';
import type { LoadOrder, LoadOutcome, LoadProgress, LoadReport } from './load-outcome.ts';
import { runOpenLoop } from './open-loop.ts';
import type { TransferredOutcome } from './run-load.ts';
import { runSaturation } from './saturation-loop.ts';
import { runSlicedLoop } from './sliced-loop.ts';

serveParent<LoadOrder, LoadReport, TransferredOutcome, 'go'>(async (order, report, next) => {
  using meter = new VitalsMeter();
  const takeTurn = async () => {
    report('awaits turn');
    await next();
  };
  const onProgress = (progress: LoadProgress) => report({ ...progress, vitals: meter.read() });
  const { ledger, repeats, ...rest } = await run(order, onProgress, takeTurn);
  return { ...rest, ledger: ledger.toTransfer(), repeats: repeats.toTransfer() };
});

async function run(
  order: LoadOrder,
  report: (progress: LoadProgress) => void,
  takeTurn: () => Promise<void>,
): Promise<LoadOutcome> {
  switch (order.load.model) {
    case 'closed':
      return await (order.slices === undefined ? runClosedLoop(order, report) : runSlicedLoop(order, report, takeTurn));
    case 'open':
      return await runOpenLoop(order, report);
    case 'saturation':
      return await runSaturation(order, report);
  }
}
