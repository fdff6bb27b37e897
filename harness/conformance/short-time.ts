/**
 * The shortest time, in seconds, that a queue is told where a check waits for its end: long enough for what must happen
 * before, also on a machine that is busy with other things.
 */
export const SHORT_S = 2;

/** Milliseconds after which {@link SHORT_S} is over, by any clock. */
export const SHORT_OVER_MS = 2_300;
