import { isMissing } from '../history/evidence.ts';
import { readRowsWritten, readWalFsyncs } from '../target/run-totals.ts';
import { attempt } from './attempt.ts';
import type { RunOrder } from './run-order.ts';

/**
 * What a run did in all: from before its server's start until the sessions of the server had ended, so with the drain.
 * Undefined where it cannot be told.
 */
export interface RunTotals {
  readonly rowsWritten: number | undefined;
  readonly walFsyncs: number | undefined;
}

const UNKNOWN: RunTotals = Object.freeze({ rowsWritten: undefined, walFsyncs: undefined });

/**
 * To be called before the server is started; the returned function, after its sessions have ended. These counters are
 * exact only then: see readRowsWritten. Of a server that goes on, and of one that faults end and start again, nothing is
 * told; nor, where others take turns with it, of the log, which they write too. Neither throws.
 */
export async function watchTotals({ planned, watched, turn, context }: RunOrder): Promise<() => Promise<RunTotals>> {
  if (isMissing(watched) || context.target !== undefined || planned.arm.faults.length > 0) return async () => UNKNOWN;
  const { postgres, database } = watched;
  const fsyncsBefore = await attempt(() => readWalFsyncs(postgres.admin));
  return async () => {
    const rowsWritten = await attempt(() => readRowsWritten(database.target));
    const fsyncs = await attempt(() => readWalFsyncs(postgres.admin));
    return {
      rowsWritten: known(rowsWritten),
      walFsyncs: turn === undefined ? difference(known(fsyncsBefore), known(fsyncs)) : undefined,
    };
  };
}

function known(value: Awaited<ReturnType<typeof attempt<number | undefined>>>): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function difference(from: number | undefined, to: number | undefined): number | undefined {
  return from === undefined || to === undefined ? undefined : to - from;
}
