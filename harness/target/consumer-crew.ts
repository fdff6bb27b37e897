import { Pool } from 'undici';
import { decodePopReply, type PoppedMessage } from './decode-pop-reply.ts';
import { MAX_REPLY_BYTES } from './reply-limit.ts';

interface CrewOrder {
  readonly baseUrl: string;
  readonly consumers: number;
  /** Longest duration of the whole work. */
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

/** What one consumer does until it is done; when it has to give up `ends` is aborted and its requests fail. */
type Consume = (pool: Pool, consumer: number, ends: AbortSignal) => Promise<void>;

const REPLY_TIMEOUT_MS = 30_000;

/**
 * Consumers side by side, each with a connection of its own, until all are done: true, or false when the time was over
 * before. When one fails the others give up, and its error is thrown; on abort the signal's reason is.
 */
export async function runCrew(order: CrewOrder, consume: Consume): Promise<boolean> {
  const timeUp = AbortSignal.timeout(order.deadlineMs);
  const failed = new AbortController();
  const ends = AbortSignal.any([order.signal, timeUp, failed.signal]);
  const pool = new Pool(order.baseUrl, {
    connections: order.consumers,
    pipelining: 1,
    headersTimeout: REPLY_TIMEOUT_MS,
    bodyTimeout: REPLY_TIMEOUT_MS,
    connectTimeout: REPLY_TIMEOUT_MS,
    maxResponseSize: MAX_REPLY_BYTES,
  });
  // Once for all requests, each of which would add and remove a listener of its own.
  ends.addEventListener('abort', () => void pool.destroy(new Error('the consumers give up')), { once: true });
  try {
    const work = Array.from({ length: order.consumers }, (_, consumer) => consume(pool, consumer, ends));
    await Promise.all(work).catch((error: unknown) => {
      failed.abort();
      return Promise.allSettled(work).then(() => {
        throw error;
      });
    });
    return true;
  } catch (error) {
    order.signal.throwIfAborted();
    if (!timeUp.aborted) throw error;
    return false;
  } finally {
    await pool.destroy();
  }
}

/**
 * One pop. It is not tried again when it fails: its messages may be acknowledged and gone, and what is not known must not
 * look like a drain. Throws an Error then.
 */
export async function popMessages(
  pool: Pool,
  path: string,
): Promise<{ readonly httpStatus: number; readonly messages: readonly PoppedMessage[] }> {
  const { statusCode, body } = await pool.request({ method: 'GET', path });
  const text = await body.text();
  if (statusCode < 200 || statusCode > 299) {
    throw new Error(`the drain's GET ${path} was answered with HTTP ${statusCode}: ${text.slice(0, 200)}`);
  }
  return { httpStatus: statusCode, messages: decodePopReply(text) };
}
