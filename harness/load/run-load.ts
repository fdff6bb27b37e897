import { Ledger, type LedgerTransfer } from '../history/ledger.ts';
import { Repeats, type RepeatsTransfer } from '../history/repeats.ts';
import { startChild } from './child-task.ts';
import type { LoadOrder, LoadOutcome, LoadReport, WatchedProgress } from './load-outcome.ts';

/** A {@link LoadOutcome} as it crosses from the load process. */
export type TransferredOutcome = Omit<LoadOutcome, 'ledger' | 'repeats'> & {
  readonly ledger: LedgerTransfer;
  readonly repeats: RepeatsTransfer;
};

/**
 * Runs one load in a process of its own and returns what was sent and answered; of an order with slices, each begins when
 * `takeTurn` resolves. Abort kills the load process at once. Throws the signal's reason on abort, what `takeTurn` throws, and
 * an Error with the load process's standard error when it crashed.
 */
export async function runLoad(
  order: LoadOrder,
  onProgress: (progress: WatchedProgress) => void,
  signal: AbortSignal,
  takeTurn: () => Promise<void> = async () => undefined,
): Promise<LoadOutcome> {
  const module = new URL('load-process.ts', import.meta.url);
  const noTurn = new AbortController();
  const task = startChild<LoadReport, TransferredOutcome>(
    module,
    order,
    (report) => {
      if (report !== 'awaits turn') onProgress(report);
      else
        takeTurn().then(
          () => task.tell('go'),
          (error: unknown) => noTurn.abort(error),
        );
    },
    AbortSignal.any([signal, noTurn.signal]),
  );
  const { ledger, repeats, ...rest } = await task.result;
  return { ...rest, ledger: Ledger.fromTransfer(ledger), repeats: new Repeats(repeats) };
}
