/** Messages that consumer groups gave up on, as the database holds them at the end of the run. */
export interface DeadLetters {
  readonly total: number;
  /** By message number, over all groups; saturates at 255. */
  readonly countByMessage: Uint8Array;
  /** Names of the groups that have any; the empty one is the queue mode. */
  readonly groups: readonly string[];
  /** One entry a dead letter: message number, or STRANGER, and index in `groups`. */
  readonly message: Uint32Array;
  readonly group: Uint8Array;
}
