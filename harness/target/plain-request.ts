import { Client } from 'undici';
import { MAX_REPLY_BYTES } from './reply-limit.ts';

export interface PlainRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
}

export interface PlainReply {
  readonly httpStatus: number;
  readonly body: string;
}

/** From the beginning to the last byte of the answer. */
const LIMIT_MS = 10_000;

/**
 * One request on a connection of its own, for what is asked beside the load. Throws an Error that says what was asked and
 * what happened when there is no whole answer in 10 s.
 */
export async function plainRequest(baseUrl: string, { method, path, body }: PlainRequest): Promise<PlainReply> {
  const client = new Client(baseUrl, { maxResponseSize: MAX_REPLY_BYTES, connectTimeout: LIMIT_MS });
  try {
    const reply = await client.request({
      method,
      path,
      // Headers and bodies that trickle in would each satisfy a time-out between two pieces.
      signal: AbortSignal.timeout(LIMIT_MS),
      ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    return { httpStatus: reply.statusCode, body: await reply.body.text() };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw new Error(`${method} ${path} was not answered: ${problem}`, { cause: error });
  } finally {
    await client.destroy();
  }
}

/** The fields of a reply's JSON object; none when it is anything else. */
export function fieldsOf({ body }: PlainReply): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  } catch {
    // No JSON has no fields; whoever needs one quotes the text.
    return {};
  }
}
