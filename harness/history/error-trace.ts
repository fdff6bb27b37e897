/** Errors that one side of a load saw, each with the time of its request; columns, so that many take little room. */
export interface ErrorTrace {
  readonly classes: readonly ErrorTraceClass[];
  /** One entry for each error or run of equal errors; index into `classes`. */
  readonly class: Uint8Array;
  /** What it meant for the messages, as in OUTCOME_CODE; `pending` when nobody judges that. */
  readonly outcome: Uint8Array;
  readonly count: Uint32Array;
  /** When the request was sent, and when it came to its end: microseconds on the monotonic clock, 0 for never. */
  readonly fromUs: Float64Array;
  readonly toUs: Float64Array;
}

interface ErrorTraceClass {
  readonly name: string;
  /** Of all, those beyond the room for entries too. */
  readonly count: number;
  readonly example: string;
}
