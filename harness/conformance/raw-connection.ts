import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { Violation } from './finding-error.ts';
import type { Target } from './http-client.ts';

/** One answer as far as it is looked at here. */
export interface RawReply {
  readonly status: number;
  readonly body: string;
  /** The server said that it closes the connection after this answer. */
  readonly closes: boolean;
}

const MAX_BYTES = 2 ** 20;

/** A connection on which bytes are sent as they are: segments, pipelining, announced lengths. */
export class RawConnection implements Disposable {
  readonly #socket: Socket;
  readonly #target: Target;
  #received = '';
  /** Settled, and replaced, whenever something came or the connection ended. */
  #changed = Promise.withResolvers<void>();
  #ended: string | undefined;

  private constructor(socket: Socket, target: Target) {
    this.#socket = socket;
    this.#target = target;
    // latin1: a byte is a character, so that Content-Length can be counted.
    socket.setEncoding('latin1').setNoDelay(true);
    socket.on('data', (text: string) => {
      this.#received += text;
      if (this.#received.length > MAX_BYTES) socket.destroy();
      this.#change();
    });
    socket.on('error', (error) => {
      this.#ended = error.message;
    });
    socket.on('close', () => {
      this.#ended ??= 'the connection was closed';
      this.#change();
    });
  }

  /** @throws Violation when there is no connection. */
  static async open(target: Target): Promise<RawConnection> {
    const { hostname, port, protocol } = new URL(target.baseUrl);
    const secure = protocol === 'https:';
    const address = { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || (secure ? 443 : 80)) };
    const socket = secure ? connectTls({ ...address, servername: address.host }) : connect(address);
    const signal = AbortSignal.timeout(target.requestTimeoutMs);
    try {
      await once(socket, secure ? 'secureConnect' : 'connect', { signal });
    } catch (error) {
      socket.destroy();
      const came = error instanceof Error ? error.message : String(error);
      throw new Violation('a connection', { came, cause: error });
    }
    return new RawConnection(socket, target);
  }

  /** The head of a request; a body of `length` bytes is to follow when it is given. */
  head(method: string, path: string, length?: number): string {
    const { baseUrl, token } = this.#target;
    const { host, pathname } = new URL(baseUrl);
    const lines = [`${method} ${pathname.replace(/\/$/, '')}${path} HTTP/1.1`, `host: ${host}`];
    if (token !== undefined) lines.push(`authorization: Bearer ${token}`);
    if (length !== undefined) lines.push('content-type: application/json', `content-length: ${length}`);
    return `${lines.join('\r\n')}\r\n\r\n`;
  }

  write(bytes: string | Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** The next `count` answers. @throws Violation when they do not come in time. */
  async replies(count: number, limitMs = this.#target.requestTimeoutMs): Promise<readonly RawReply[]> {
    const timer = new AbortController();
    let late = false;
    const end = sleep(limitMs, undefined, { signal: timer.signal }).then(
      () => {
        late = true;
      },
      // The timer is stopped when the answers are there.
      () => undefined,
    );
    try {
      for (;;) {
        const replies = parseReplies(this.#received);
        if (replies.length >= count) return replies.slice(0, count);
        const missing = `${count} answers on one connection`;
        if (this.#ended !== undefined) {
          throw new Violation(missing, { came: `${replies.length}, then ${this.#ended}` });
        }
        if (late) throw new Violation(missing, { came: `${replies.length} within ${limitMs} ms` });
        await Promise.race([this.#changed.promise, end]);
      }
    } finally {
      timer.abort();
    }
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  #change(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}

/** As many whole answers as the text holds, by their Content-Length. */
export function parseReplies(received: string): readonly RawReply[] {
  const replies: RawReply[] = [];
  let rest = received;
  for (;;) {
    const end = rest.indexOf('\r\n\r\n');
    const status = /^HTTP\/1\.1 (\d{3})/.exec(rest)?.[1];
    if (end < 0 || status === undefined) return replies;
    const head = rest.slice(0, end);
    const start = end + 4;
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
    const body = /\r\ntransfer-encoding: *chunked/i.test(head)
      ? readChunks(rest.slice(start))
      : { text: rest.slice(start, start + length), taken: length };
    if (body === undefined || rest.length < start + body.taken) return replies;
    replies.push({
      status: Number(status),
      body: Buffer.from(body.text, 'latin1').toString('utf8'),
      closes: /\r\nconnection: *close/i.test(head),
    });
    rest = rest.slice(start + body.taken);
  }
}

/** A chunked body; undefined while its end has not come. */
function readChunks(text: string): { readonly text: string; readonly taken: number } | undefined {
  let body = '';
  let at = 0;
  for (;;) {
    const lineEnd = text.indexOf('\r\n', at);
    const size = Number.parseInt(text.slice(at, lineEnd), 16);
    if (lineEnd < 0 || Number.isNaN(size)) return undefined;
    const next = lineEnd + 2 + size + 2;
    if (text.length < next) return undefined;
    if (size === 0) return { text: body, taken: next };
    body += text.slice(lineEnd + 2, lineEnd + 2 + size);
    at = next;
  }
}
