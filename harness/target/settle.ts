import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import { isMissing, type Missing, type Recovery } from '../history/evidence.ts';
import { BUFFER_STATUS_PATH, HEALTH_PATH } from './wire.ts';

interface SettleOrder {
  readonly baseUrl: string;
  readonly limitMs: number;
  readonly signal: AbortSignal;
}

const LOOK_INTERVAL_MS = 50;
const REPLY_LIMIT_MS = 2_000;

/**
 * Waits until a server is healthy and has nothing buffered any more, as a consumer that is to receive everything has to.
 * Missing, with what the server said last, when it does not get there in time, and at once when it has no such route. Throws the signal's reason on abort.
 */
export async function settle(order: SettleOrder): Promise<Recovery | Missing> {
  const startedMs = performance.now();
  const elapsedMs = () => performance.now() - startedMs;
  const health = await until(
    order,
    elapsedMs,
    HEALTH_PATH,
    ({ statusCode }) => statusCode === 200 || statusCode === 404,
  );
  if (isMissing(health)) return { missing: `the server did not get well after the faults: ${health.missing}` };
  // It answers, so it is up; more it would never tell.
  if (health.statusCode === 404) return { missing: `the server has no ${HEALTH_PATH} that tells whether it is well` };
  const healthyMs = elapsedMs();
  const buffers = await until(order, elapsedMs, BUFFER_STATUS_PATH, isEmptyOrUntold);
  if (isMissing(buffers)) return { missing: `the server kept messages in its buffer: ${buffers.missing}` };
  const isTold = pendingOf(buffers) !== undefined;
  return { healthyMs, bufferEmptyMs: isTold ? elapsedMs() : { missing: 'the server does not tell what it buffers' } };
}

interface Reply {
  readonly statusCode: number;
  readonly text: string;
}

/** Asks until the reply is as wanted; Missing with the last reply when the time is over. */
async function until(
  { baseUrl, limitMs, signal }: SettleOrder,
  elapsedMs: () => number,
  path: string,
  isWanted: (reply: Reply) => boolean,
): Promise<Reply | Missing> {
  for (;;) {
    const reply = await ask(new URL(path, baseUrl), signal);
    if ('statusCode' in reply && isWanted(reply)) return reply;
    if (elapsedMs() > limitMs) {
      const last = 'statusCode' in reply ? `HTTP ${reply.statusCode} ${reply.text.slice(0, 200)}` : reply.missing;
      return { missing: `GET ${path} still answered ${last} after ${Math.round(elapsedMs() / 1000)} s` };
    }
    await sleep(LOOK_INTERVAL_MS, undefined, { signal });
  }
}

async function ask(url: URL, signal: AbortSignal): Promise<Reply | Missing> {
  try {
    const { statusCode, body } = await request(url, {
      signal,
      headersTimeout: REPLY_LIMIT_MS,
      bodyTimeout: REPLY_LIMIT_MS,
    });
    return { statusCode, text: await body.text() };
  } catch (error) {
    signal.throwIfAborted();
    // A server that is still coming up refuses connections; what it is like in the end is what counts.
    return { missing: error instanceof Error ? error.message : String(error) };
  }
}

function isEmptyOrUntold(reply: Reply): boolean {
  const pending = pendingOf(reply);
  return reply.statusCode < 500 && (pending === undefined || pending === 0);
}

/** Messages in the buffer; undefined when the reply does not say. */
function pendingOf({ statusCode, text }: Reply): number | undefined {
  if (statusCode !== 200) return undefined;
  try {
    const status: unknown = JSON.parse(text);
    if (typeof status !== 'object' || status === null || !('pending' in status)) return undefined;
    return typeof status.pending === 'number' ? status.pending : undefined;
  } catch {
    // No JSON tells nothing.
    return undefined;
  }
}
