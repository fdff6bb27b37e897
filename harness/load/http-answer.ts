import type { Client, Pool } from 'undici';
import { neverConnected } from './connection-fault.ts';

/** An answer as it came; with `httpStatus` 0 none did, and `text` says why: an error code, or words. */
export interface HttpAnswer {
  readonly httpStatus: number;
  readonly text: string;
  /** True when no connection could be opened: the request was certainly not sent. */
  readonly neverSent: boolean;
}

/**
 * The class of an answer that did not come, or says that the server failed: `socket ECONNRESET`, `http 503`. Undefined for one
 * that is judged by its words.
 */
export function errorClassOf({ httpStatus, text, neverSent }: HttpAnswer): string | undefined {
  if (httpStatus >= 500) return `http ${httpStatus}`;
  return httpStatus === 0 ? `${neverSent ? 'connect' : 'socket'} ${text}` : undefined;
}

const JSON_HEADERS = { 'content-type': 'application/json' };

/** GET, or with a body POST. Never throws: what goes wrong on the way is an answer too. */
export async function answerTo(via: Client | Pool, path: string, body?: string): Promise<HttpAnswer> {
  try {
    const order = body === undefined ? { method: 'GET' } : { method: 'POST', headers: JSON_HEADERS, body };
    const { statusCode, body: reply } = await via.request({ path, ...order });
    return { httpStatus: statusCode, text: await reply.text(), neverSent: false };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return { httpStatus: 0, text: code ?? message, neverSent: neverConnected(error) };
  }
}

/** Whether a pop without a clear answer may have been given messages. */
export function mayHaveBeenServed({ httpStatus, neverSent }: HttpAnswer): boolean {
  return !neverSent && (httpStatus < 300 || httpStatus >= 500);
}
