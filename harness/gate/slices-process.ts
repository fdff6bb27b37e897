/** The process that loads both servers of a block. Started by drive-slices.ts. */
import { serveParent } from '../load/child-task.ts';
import type { TransferredSlices } from './drive-slices.ts';
import { runSlices } from './run-slices.ts';
import { bothSides, type SlicesOrder } from './slice-order.ts';

serveParent<SlicesOrder, never, TransferredSlices>(async (order) => {
  const { slices, histories } = await runSlices(order);
  return {
    slices,
    histories: bothSides((side) => {
      const { ledger, consumption } = histories[side];
      const history = consumption.history.toTransfer();
      return { ledger: ledger.toTransfer(), consumption: { ...consumption, history } };
    }),
  };
});
