import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import type { BufferEvidence } from '../history/buffer-evidence.ts';
import { monotonicUs } from '../measure/monotonic-clock.ts';
import { MAINTENANCE_PATH } from './wire.ts';

/** From one look to the next. */
const LOOK_INTERVAL_MS = 50;

const REPLY_LIMIT_MS = 5_000;

/** What one look found. */
type BufferStatus = Pick<BufferEvidence, 'pending' | 'failedFiles' | 'failedBytes'>;

/**
 * Asks the server for its buffer until that is empty or the deadline is over. Call it when all faults are healed. A server
 * that is not there yet is asked again.
 *
 * Throws an Error when no look succeeded in time, or the answer is none of the contract's; the signal's reason on abort.
 */
export async function awaitEmptyBuffer(
  baseUrl: string,
  { deadlineMs, signal }: { readonly deadlineMs: number; readonly signal: AbortSignal },
): Promise<BufferEvidence> {
  const askedUs = monotonicUs();
  let status: BufferStatus | undefined;
  let failure: unknown;
  for (;;) {
    const lookedUs = monotonicUs();
    try {
      status = await readBufferStatus(baseUrl, signal);
      if (status.pending === 0) return { ...status, askedUs, emptyUs: lookedUs };
    } catch (error) {
      signal.throwIfAborted();
      failure = error;
    }
    if (monotonicUs() - askedUs > deadlineMs * 1000) break;
    await sleep(LOOK_INTERVAL_MS, undefined, { signal });
  }
  if (status === undefined) throw new Error('the server did not tell of its buffer', { cause: failure });
  return { ...status, askedUs, emptyUs: undefined };
}

async function readBufferStatus(baseUrl: string, signal: AbortSignal): Promise<BufferStatus> {
  const { statusCode, body } = await request(new URL(MAINTENANCE_PATH, baseUrl), {
    signal,
    headersTimeout: REPLY_LIMIT_MS,
    bodyTimeout: REPLY_LIMIT_MS,
  });
  const text = await body.text();
  const { bufferedMessages, bufferStats } = parse(text);
  const { failedFiles } = isObject(bufferStats) ? bufferStats : {};
  const { count, totalBytes } = isObject(failedFiles) ? failedFiles : {};
  if (typeof bufferedMessages !== 'number' || typeof count !== 'number' || typeof totalBytes !== 'number') {
    throw new Error(`GET ${MAINTENANCE_PATH} was answered with HTTP ${statusCode}: ${text.slice(0, 200)}`);
  }
  return { pending: bufferedMessages, failedFiles: count, failedBytes: totalBytes };
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : {};
  } catch {
    // The caller quotes the text.
    return {};
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
