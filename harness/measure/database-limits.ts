import { runInChild } from '../load/child-task.ts';
import type { CeilingOrder } from './ceiling.ts';

/** As for the ceiling; the duration is that of each of the three measurements. */
export type DatabaseLimitsOrder = Omit<CeilingOrder, 'batch' | 'inFlight'>;

/** What plain SQL reaches where nothing is put together in batches; transactions per second. */
export interface DatabaseLimits {
  /** Rows like a message's, one in a transaction, over {@link CEILING_CONNECTIONS}. */
  readonly singleInsertsPerS: number;
  /** Transactions that write next to nothing, over one connection. */
  readonly loneCommitsPerS: number;
  /** The same over {@link CEILING_CONNECTIONS}. */
  readonly commitsPerS: number;
}

/**
 * Measures one after the other in a process of its own. Throws the signal's reason on abort, and an Error with the text of
 * what the driver threw or of work that does not add up.
 */
export async function measureDatabaseLimits(order: DatabaseLimitsOrder, signal: AbortSignal): Promise<DatabaseLimits> {
  const module = new URL('database-limits-process.ts', import.meta.url);
  return await runInChild<never, DatabaseLimits>(module, order, () => undefined, signal);
}
