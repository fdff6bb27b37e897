import type { LedgerTransfer } from '../history/ledger.ts';
import { runInChild } from './child-task.ts';
import type { ConsumeOrder, ConsumeOutcome } from './consumers.ts';

/** A {@link ConsumeOrder} as it crosses to the consumers' process. */
export type TransferredConsumeOrder = Omit<ConsumeOrder, 'ledger'> & { readonly ledger: LedgerTransfer };

/**
 * Lets consumers empty the queue in a process of their own; `onProgress` gets the number of messages received so far.
 * Abort kills the process at once. Throws the signal's reason on abort, and an Error with what went wrong otherwise.
 */
export async function runConsumers(
  order: ConsumeOrder,
  onProgress: (delivered: number) => void,
  signal: AbortSignal,
): Promise<ConsumeOutcome> {
  const module = new URL('consumer-process.ts', import.meta.url);
  const transferred: TransferredConsumeOrder = { ...order, ledger: order.ledger.toTransfer() };
  return await runInChild<number, ConsumeOutcome>(module, transferred, onProgress, signal);
}
