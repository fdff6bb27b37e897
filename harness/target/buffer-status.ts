import { request } from 'undici';
import type { BufferEvidence } from '../history/buffer-evidence.ts';
import { MAINTENANCE_PATH } from './wire.ts';

const REPLY_LIMIT_MS = 5_000;

/**
 * What the server says of its buffer. Throws an Error when the answer is none of the contract's, and what the HTTP client
 * throws.
 */
export async function readBuffer(baseUrl: string): Promise<BufferEvidence> {
  const { statusCode, body } = await request(new URL(MAINTENANCE_PATH, baseUrl), {
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
