import { Ledger, type LedgerTransfer } from '../history/ledger.ts';
import { Repeats, type RepeatsTransfer } from '../history/repeats.ts';
import { runInChild } from './child-task.ts';
import type { LoadOrder, LoadOutcome, WatchedProgress } from './load-outcome.ts';

/** A {@link LoadOutcome} as it crosses from the load process. */
export type TransferredOutcome = Omit<LoadOutcome, 'ledger' | 'repeats'> & {
  readonly ledger: LedgerTransfer;
  readonly repeats: RepeatsTransfer;
};

/**
 * Runs one load in a process of its own and returns what was sent and answered. Abort kills the load process at once.
 * Throws the signal's reason on abort, and an Error with the load process's standard error when it crashed.
 */
export async function runLoad(
  order: LoadOrder,
  onProgress: (progress: WatchedProgress) => void,
  signal: AbortSignal,
): Promise<LoadOutcome> {
  const module = new URL('load-process.ts', import.meta.url);
  const outcome = await runInChild<WatchedProgress, TransferredOutcome>(module, order, onProgress, signal);
  const { ledger, repeats, ...rest } = outcome;
  return { ...rest, ledger: Ledger.fromTransfer(ledger), repeats: new Repeats(repeats) };
}
