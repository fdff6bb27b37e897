/** What an alarm thread is told, in memory that it shares with who tells it. */
export interface AlarmMemory {
  /** When to wake, on the monotonic clock; valid for the number in `order`. */
  readonly atUs: Float64Array;
  /** Number of the order, 0 before the first; changed after `atUs`, and notified. */
  readonly order: Int32Array;
}

/** The views of 16 shared bytes. */
export function alarmMemory(shared: SharedArrayBuffer): AlarmMemory {
  return { atUs: new Float64Array(shared, 0, 1), order: new Int32Array(shared, 8, 1) };
}
