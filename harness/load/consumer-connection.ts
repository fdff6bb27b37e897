import { Client } from 'undici';
import { answerTo, type HttpAnswer } from './http-answer.ts';

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

  /** GET, or with a body POST; see {@link answerTo}. */
  async request(path: string, body?: string): Promise<HttpAnswer> {
    this.#client ??= new Client(this.#baseUrl, {
      pipelining: 1,
      headersTimeout: this.#timeoutMs,
      bodyTimeout: this.#timeoutMs,
      connectTimeout: this.#timeoutMs,
    });
    return await answerTo(this.#client, path, body);
  }

  /** Cuts the connection, whatever it is waiting for; the next request opens another. */
  cut(): void {
    const client = this.#client;
    this.#client = undefined;
    void client?.destroy(new Error('the consumer cut its connection'));
  }
}
