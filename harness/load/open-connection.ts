import { Client, type Dispatcher } from 'undici';
import {
  ConnectionCut,
  type ConnectionFault,
  faultOfUndici,
  MAX_REPLY_BYTES,
  REPLY_TIMEOUT_MS,
} from './connection-fault.ts';

/** Who hears of a reply. */
export interface ReplyListener {
  readonly onReply: (httpStatus: number, body: string) => void;
  readonly onFault: (fault: ConnectionFault) => void;
}

/** Longer than a producer rests at the lowest rates; a server that closes earlier says so in its Keep-Alive header. */
const KEEP_ALIVE_MS = 60_000;

const HEADERS = { 'content-type': 'application/json' };

/**
 * One connection of an open loop: one request at a time, opened with the first, and again with the next one after it was
 * closed. A request is sent once; undici repeats no POST.
 *
 * By dispatch a request to a server that answers at once takes 20 µs of CPU time, its body written; by request() and text(),
 * which make a stream and two promises of each reply, 25 to 30 µs (in turns, on two busy cores).
 */
export class OpenConnection {
  readonly #client: Client;
  readonly #path: string;

  constructor(origin: string, path: string) {
    this.#client = new Client(origin, {
      pipelining: 1,
      connectTimeout: REPLY_TIMEOUT_MS,
      headersTimeout: REPLY_TIMEOUT_MS,
      bodyTimeout: REPLY_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxResponseSize: MAX_REPLY_BYTES,
    });
    this.#path = path;
  }

  /** Sends a request; the listener hears once of its reply or of its end. The last request has to be over. */
  post(body: string, listener: ReplyListener): void {
    this.#client.dispatch({ method: 'POST', path: this.#path, headers: HEADERS, body }, new Reply(listener));
  }

  /** Closes the connection for good; a request that is open ends as `load ended`. */
  cut(): void {
    void this.#client.destroy(new ConnectionCut('load ended'));
  }
}

/** Puts a reply together. */
class Reply implements Dispatcher.DispatchHandler {
  readonly #listener: ReplyListener;
  #status = 0;
  #chunks: Buffer[] = [];
  #isOver = false;

  constructor(listener: ReplyListener) {
    this.#listener = listener;
  }

  onRequestStart(): void {
    // What was read before is of no request that counts.
    this.#chunks = [];
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number): void {
    this.#status = status;
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    this.#isOver = true;
    const [first] = this.#chunks;
    const body = this.#chunks.length === 1 && first !== undefined ? first : Buffer.concat(this.#chunks);
    this.#listener.onReply(this.#status, body.toString());
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    if (!this.#isOver) {
      this.#isOver = true;
      this.#listener.onFault(faultOfUndici(error));
      return;
    }
    // Thrown by the listener itself, and caught by undici: no fault of the connection.
    queueMicrotask(() => {
      throw error;
    });
  }
}
