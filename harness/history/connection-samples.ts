/**
 * One look at `pg_stat_activity`, client backends only. Sessions of the server are told apart by `application_name`:
 * `queueproof/<pool>/<worker>`, pool being `async`, `regular` or `control` (the primary's start-up connection).
 */
export interface ConnectionSample {
  /** Since the start of the run. */
  readonly atMs: number;
  /** Every client backend on the cluster, the harness's own sampling connection included. */
  readonly total: number;
  readonly harness: number;
  readonly async: number;
  readonly regular: number;
  readonly control: number;
  /** Sessions in the run's own database under any other name: nobody but the server can have opened them. */
  readonly unnamed: number;
  /** Sessions that are neither the harness's nor the server's. */
  readonly foreign: number;
  readonly active: number;
  /** Server sessions `idle in transaction`, with the longest such idleness. */
  readonly idleInTransaction: number;
  readonly idleInTransactionAborted: number;
  readonly longestIdleInTransactionMs: number;
}

/** A time without looks, because PostgreSQL did not answer them. */
export interface SampleGap {
  /** Since the start of the run: when the first look that failed was begun, and when one succeeded again or the sampling ended. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly reason: string;
}
