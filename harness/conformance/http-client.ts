import { type Dispatcher, Pool } from 'undici';
import { CannotCheck, Violation } from './finding-error.ts';
import type { SentRequest } from './sent-request.ts';

/** Where to send, and what every request needs. */
export interface Target {
  /** Without a slash at its end. */
  readonly baseUrl: string;
  readonly token: string | undefined;
  /** A request that is not answered in this time has failed. */
  readonly requestTimeoutMs: number;
}

export interface RequestOrder {
  readonly method: string;
  readonly path: string;
  /** A string is sent as it is, anything else as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Time the server may keep the request beyond the ordinary limit: the `timeout` of a waiting pop. */
  readonly waitMs?: number;
  /** Gives the request up; the connection is closed. */
  readonly signal?: AbortSignal;
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly text: string;
  /** The body as JSON; undefined when it is empty or no JSON. */
  readonly json: unknown;
  readonly request: SentRequest;
  /** The server answers everything with 200, so that only the body tells. */
  readonly always200: boolean;
}

/** Replies of the contract are far smaller; a server that sends more is not read to its end. */
const MAX_REPLY_BYTES = 32 * 2 ** 20;
const CONNECTIONS = 256;
/** A server that has left so many requests unanswered and answered none gets little time for each further one. */
const PATIENCE = 8;
const IMPATIENT_MS = 200;

/** HTTP to a server that may do anything: answers late or never, closes sockets, sends garbage without end. */
export class HttpClient implements AsyncDisposable {
  readonly target: Target;
  readonly #pool: Pool;
  readonly #prefix: string;
  #always200 = false;
  #answered = 0;
  #unanswered = 0;

  constructor(target: Target) {
    this.target = target;
    const { origin, pathname } = new URL(target.baseUrl);
    this.#prefix = pathname.replace(/\/$/, '');
    // The only time limit is ours: it covers headers and body, and knows how long the request may wait.
    this.#pool = new Pool(origin, { connections: CONNECTIONS, pipelining: 1, headersTimeout: 0, bodyTimeout: 0 });
  }

  /** The server answers everything with 200. */
  get always200(): boolean {
    return this.#always200;
  }

  /** From now on replies are judged by their bodies. */
  acceptAlways200(): void {
    this.#always200 = true;
  }

  /**
   * Sends a request and reads the whole reply.
   *
   * @throws Violation when there is no whole reply in time, CannotCheck when `signal` gave the request up.
   */
  async send(order: RequestOrder): Promise<Reply> {
    const request = this.#describe(order);
    const limitMs = this.#limitMs() + (order.waitMs ?? 0);
    const limit = AbortSignal.timeout(limitMs);
    const signal = order.signal === undefined ? limit : AbortSignal.any([limit, order.signal]);
    try {
      const response = await this.#pool.request({
        method: order.method as Dispatcher.HttpMethod,
        path: this.#prefix + order.path,
        headers: request.headers,
        body: request.body ?? null,
        signal,
      });
      const text = await readBounded(response.body);
      this.#answered += 1;
      const { statusCode: status, headers } = response;
      return { status, headers, text, json: parseJson(text), request, always200: this.#always200 };
    } catch (error) {
      if (order.signal?.aborted === true) throw new CannotCheck(String(order.signal.reason), { cause: error });
      this.#unanswered += 1;
      const came = limit.aborted ? `none within ${limitMs} ms` : describe(error);
      throw new Violation('a whole answer', { came, request, cause: error });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.destroy();
  }

  #limitMs(): number {
    const hopeless = this.#answered === 0 && this.#unanswered >= PATIENCE;
    return hopeless ? Math.min(IMPATIENT_MS, this.target.requestTimeoutMs) : this.target.requestTimeoutMs;
  }

  #describe({ method, path, body, headers }: RequestOrder): SentRequest {
    const { baseUrl, token } = this.target;
    return {
      method,
      url: baseUrl + path,
      body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...headers,
      },
    };
  }
}

async function readBounded(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    bytes += chunk.length;
    // Leaving the loop destroys the stream, and with it the connection.
    if (bytes > MAX_REPLY_BYTES) throw new Error(`a reply of more than ${MAX_REPLY_BYTES} bytes`);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Whoever needs JSON finds none, and quotes the text.
    return undefined;
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  return code === undefined ? error.message : `${error.message} (${code})`;
}
