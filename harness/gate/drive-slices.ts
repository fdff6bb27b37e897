import { ConsumerHistory } from '../history/consumer-history.ts';
import { Ledger, type LedgerTransfer } from '../history/ledger.ts';
import { runInChild } from '../load/child-task.ts';
import type { TransferredConsumption } from '../load/start-consumers.ts';
import type { SlicesOutcome } from './run-slices.ts';
import type { Slice } from './slice.ts';
import { bothSides, type Sides, type SlicesOrder } from './slice-order.ts';

/** A {@link SlicesOutcome} as it crosses from its process. */
export interface TransferredSlices {
  readonly slices: readonly Slice[];
  readonly histories: Sides<{
    readonly ledger: LedgerTransfer;
    readonly consumption: TransferredConsumption['consumption'];
  }>;
}

/**
 * Drives the two servers of a block from a process of its own. Abort kills that at once. Throws the signal's reason then, and an Error with the process's standard error when it crashed.
 */
export async function driveSlices(order: SlicesOrder, signal: AbortSignal): Promise<SlicesOutcome> {
  const module = new URL('slices-process.ts', import.meta.url);
  const { slices, histories } = await runInChild<never, TransferredSlices>(module, order, () => undefined, signal);
  return {
    slices,
    histories: bothSides((side) => {
      const { ledger, consumption } = histories[side];
      const history = new ConsumerHistory(consumption.history);
      return { ledger: Ledger.fromTransfer(ledger), consumption: { ...consumption, history } };
    }),
  };
}
