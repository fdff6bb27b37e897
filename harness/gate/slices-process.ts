/** The process that loads both servers of a block. Started by drive-slices.ts. */
import { serveParent } from '../load/child-task.ts';
import type { TransferredSlices } from './drive-slices.ts';
import { runSlices } from './run-slices.ts';
import type { Slice } from './slice.ts';
import { bothSides, type SlicesOrder } from './slice-order.ts';

serveParent<SlicesOrder, Slice, TransferredSlices>(async (order, report) => {
  const { slices, histories } = await runSlices(order, report);
  return {
    slices,
    histories: bothSides((side) => {
      const { ledger, consumption } = histories[side];
      const history = consumption.history.toTransfer();
      return { ledger: ledger.toTransfer(), consumption: { ...consumption, history } };
    }),
  };
});
