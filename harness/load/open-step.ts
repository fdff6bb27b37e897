/** When the requests of a stretch of an open loop are intended to be sent. */
export interface ArrivalSchedule {
  /** Microseconds from the start of the stretch to its end; nothing is intended at or after it. Infinity: somebody ends it. */
  readonly lengthUs: number;
  /**
   * The next intended time, microseconds from the start of the stretch; equal to the last one in a burst, never before
   * it. Undefined when the stretch is over.
   */
  next(): number | undefined;
}

/** How much is under way, a few times a second. */
export interface BacklogSample {
  readonly atUs: number;
  /** Requests whose intended time has come and that are not answered yet, sent or not. */
  readonly backlog: number;
}

/** What came of a stretch of an open loop; all counts are requests that were intended in it. Times as in the ledger. */
export interface OpenStep {
  readonly fromUs: number;
  readonly toUs: number;
  /**
   * Requests of the ledger that were intended in it: from the first to before the second, but for those of bulk producers
   * among them, which are not scheduled.
   */
  readonly firstRequest: number;
  readonly lastRequest: number;
  readonly intended: number;
  /** Answered with every message acknowledged before the stretch was over. */
  readonly achieved: number;
  /** Not answered, or not with every message acknowledged; what was still open at the end is none of them. */
  readonly failed: number;
  readonly backlog: readonly BacklogSample[];
  /** How late this process saw that a request was due, free connection or not: a histogram as in measure/latency.ts. */
  readonly wakeLag: string;
  /** It ended early, because more requests waited for a connection than are worth keeping; those were never sent. */
  readonly gaveUp: boolean;
}
