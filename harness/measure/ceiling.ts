import { runInChild } from '../load/child-task.ts';
import type { ConnectionTarget } from '../postgres/provider.ts';

/** Of every measurement by plain SQL that says nothing else. */
export const CEILING_CONNECTIONS = 4;

export interface CeilingOrder {
  /** A database with the reference server's tables; the rows stay there. */
  readonly target: ConnectionTarget;
  readonly schema: string;
  /** Rows in one statement, which is one transaction. */
  readonly batch: number;
  readonly payloadBytes: number;
  readonly partitions: number;
  /** Statements that each connection keeps under way; with a few of them PostgreSQL never waits for this process. */
  readonly inFlight: number;
  /** Of the measured window; a short warm-up comes before it. */
  readonly durationMs: number;
  /** Goes into the transaction ids. */
  readonly seed: number;
}

export interface CeilingOutcome {
  /** Rows committed in the measured window, per second. */
  readonly throughputMsgPerS: number;
  /** Rows committed in all, warm-up included; as counted in the table. */
  readonly messages: number;
}

/**
 * What plain SQL reaches on these tables: batched INSERTs, pipelined over a few connections from one process of its own,
 * with no HTTP, no partition lock and no duplicate handling. It is the yardstick for "fraction of what this database
 * can do", so it checks its own work: throws an Error when the table did not gain exactly the rows that were committed.
 * Throws the signal's reason on abort, and an Error with the text of what the driver threw.
 */
export async function measureCeiling(order: CeilingOrder, signal: AbortSignal): Promise<CeilingOutcome> {
  return await runInChild<never, CeilingOutcome>(
    new URL('ceiling-process.ts', import.meta.url),
    order,
    () => undefined,
    signal,
  );
}
