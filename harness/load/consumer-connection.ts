import { Client } from 'undici';
import type { Answer } from './consumption-record.ts';

/** An {@link Answer}, or with `httpStatus` 0 how it failed to come. */
export interface ConsumerAnswer extends Answer {
  /** True when no connection could be opened: the request was certainly not sent. */
  readonly neverSent: boolean;
}

const JSON_HEADERS = { 'content-type': 'application/json' };

/** The one connection of a consumer, with one request at a time; opened when it is needed, and again after it was cut. */
export class ConsumerConnection {
  readonly #baseUrl: string;
  readonly #timeoutMs: number;
  #client: Client | undefined;

  /** `timeoutMs`: longest wait for an answer. */
  constructor(baseUrl: string, timeoutMs: number) {
    this.#baseUrl = baseUrl;
    this.#timeoutMs = timeoutMs;
  }

  /** GET, or with a body POST. Never throws: what goes wrong on the way is an answer with `httpStatus` 0. */
  async request(path: string, body?: string): Promise<ConsumerAnswer> {
    this.#client ??= new Client(this.#baseUrl, {
      pipelining: 1,
      headersTimeout: this.#timeoutMs,
      bodyTimeout: this.#timeoutMs,
      connectTimeout: this.#timeoutMs,
    });
    try {
      const order = body === undefined ? { method: 'GET' } : { method: 'POST', headers: JSON_HEADERS, body };
      const { statusCode, body: reply } = await this.#client.request({ path, ...order });
      return { httpStatus: statusCode, text: await reply.text(), neverSent: false };
    } catch (error) {
      const { code, syscall, message } = error as NodeJS.ErrnoException;
      const neverSent = syscall === 'connect' || code === 'UND_ERR_CONNECT_TIMEOUT';
      return { httpStatus: 0, text: code ?? message, neverSent };
    }
  }

  /** Cuts the connection, whatever it is waiting for; the next request opens another. */
  cut(): void {
    const client = this.#client;
    this.#client = undefined;
    void client?.destroy(new Error('the consumer cut its connection'));
  }
}
