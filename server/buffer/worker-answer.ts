import { setTimeout as delay } from 'node:timers/promises';

/** Longest wait for a worker to answer; one that hangs is dealt with when the route changes. */
const ANSWER_TIMEOUT_MS = 4_000;

/** Stands for the answer of a worker that gave none. */
export const NO_ANSWER: unique symbol = Symbol('no answer');

/** The worker's answer, unless it has ended or hangs. */
export async function answerOf<T>(answer: Promise<T>): Promise<T | typeof NO_ANSWER> {
  const bound = new AbortController();
  const expired = delay(ANSWER_TIMEOUT_MS, undefined, { signal: bound.signal }).then(
    (): typeof NO_ANSWER => NO_ANSWER,
    (): typeof NO_ANSWER => NO_ANSWER,
  );
  try {
    return await Promise.race([answer, expired]);
  } catch {
    // It has ended; the next one is asked.
    return NO_ANSWER;
  } finally {
    bound.abort();
  }
}
