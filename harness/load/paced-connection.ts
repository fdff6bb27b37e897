import autocannon from 'autocannon';
import { type ConnectionFault, MAX_REPLY_BYTES } from './connection-fault.ts';

/** What a producer does with its connection. */
export interface ConnectionDuty {
  /** The body of the next request; called just before it is sent. */
  readonly nextBody: () => string;
  /** The reply to the last body. True asks for another request. */
  readonly onReply: (httpStatus: number, body: string) => boolean;
  /** The connection is over: in order (undefined), or with its last request unanswered. Called once. */
  readonly onOver: (fault: ConnectionFault | undefined) => void;
}

export interface PushTarget {
  readonly origin: string;
  readonly path: string;
  /** Longest wait for a reply, at least 1000. */
  readonly timeoutMs: number;
}

/** Autocannon 9's client with the fields that hold the pace: they are not in its types, and checked before use. */
interface PacedClient {
  /** The client ends itself instead of sending when it has made so many requests. */
  responseMax: number;
  readonly reqsMade: number;
  readonly destroy: () => void;
  readonly setRequests: autocannon.Client['setRequests'];
  /** Reads what comes; what it answers when that is no HTTP, the client ignores, and waits for the rest. */
  readonly parser: { execute: (chunk: Buffer) => unknown };
  on(event: 'connError', listener: (error: NodeJS.ErrnoException) => void): this;
  on(event: 'done' | 'response', listener: () => void): this;
  /** A piece of a reply's body, with all of the chunk it came in. */
  on(event: 'body', listener: (chunk: Buffer) => void): this;
  on(event: 'headers', listener: (head: { readonly shouldKeepAlive: boolean }) => void): this;
}

/** Autocannon's timers count whole milliseconds and may be one early. */
const TIMER_SLACK_MS = 10;

const FOREVER_S = 2_000_000;

const FINISH_CHECK_MS = 100;

/**
 * Opens closed-loop connections with autocannon, one for each duty; returns for each the function that cuts it.
 *
 * Autocannon pairs replies with requests by their order and, after a socket was closed under it, silently reconnects and
 * goes on with the wrong pairs. So every client is allowed one request, and one more with every reply it got; what it
 * would send without such a credit is a reconnection, and it ends itself instead. An ended client is never revived: its
 * duty decides whether to open a new connection, which has a new client and a new parser.
 */
export function openConnections(target: PushTarget, duties: readonly ConnectionDuty[]): readonly (() => void)[] {
  const waiting = [...duties];
  const cuts: (() => void)[] = [];
  const options: autocannon.Options = {
    url: target.origin,
    connections: duties.length,
    maxConnectionRequests: 1,
    timeout: target.timeoutMs / 1_000,
    // The harness ends the load; autocannon's own end would cut the open requests.
    duration: FOREVER_S,
    sampleInt: FINISH_CHECK_MS,
    skipAggregateResult: true,
    setupClient: (client) => {
      const duty = waiting.shift();
      if (duty === undefined) throw new Error('autocannon opened more connections than it was told to');
      cuts.push(attach(requirePaced(client), duty, target));
    },
  };
  // Each duty hears of its own end; the figures that autocannon takes are not used.
  autocannon(options, (error: unknown) => {
    if (error) throw error;
  });
  return cuts;
}

/** Joins a client and its duty; returns the function that cuts the connection. */
function attach(client: PacedClient, duty: ConnectionDuty, target: PushTarget): () => void {
  let openSinceMs: number | undefined;
  let fault: ConnectionFault | undefined;
  client.on('connError', (error) => {
    const neverSent = error.syscall === 'connect';
    fault = { class: `${neverSent ? 'connect' : 'socket'} ${error.code ?? error.message}`, neverSent };
    // Autocannon would reconnect next.
    client.destroy();
  });
  const cut = (faultClass: string) => {
    fault ??= { class: faultClass, neverSent: false };
    client.destroy();
  };
  cutBeyond(MAX_REPLY_BYTES, client, () => cut('reply without end'));
  cutNonsense(client, () => cut('no HTTP'));
  // A request sent to a server that is about to close the connection would be lost.
  let keepsAlive = true;
  client.on('headers', ({ shouldKeepAlive }) => {
    keepsAlive = shouldKeepAlive;
  });
  client.on('done', () => {
    if (openSinceMs === undefined) return duty.onOver(undefined);
    const timedOut = performance.now() - openSinceMs >= target.timeoutMs - TIMER_SLACK_MS;
    duty.onOver(fault ?? { class: timedOut ? 'timeout' : 'socket closed', neverSent: false });
  });
  client.setRequests([
    {
      method: 'POST',
      path: target.path,
      headers: { 'content-type': 'application/json' },
      setupRequest: (request) => {
        request.body = duty.nextBody();
        openSinceMs = performance.now();
        return request;
      },
      onResponse: (httpStatus, body) => {
        openSinceMs = undefined;
        const wantsMore = duty.onReply(httpStatus, body);
        if (wantsMore && keepsAlive) client.responseMax = client.reqsMade + 1;
      },
    },
  ]);
  return () => cut('load ended');
}

/** Calls `cut` when the body of one reply is longer than the limit. */
function cutBeyond(limitBytes: number, client: PacedClient, cut: () => void): void {
  let bytes = 0;
  let last: Buffer | undefined;
  client.on('response', () => {
    bytes = 0;
  });
  client.on('body', (chunk) => {
    // Many pieces of a chunked reply come in one chunk, which is told with each.
    if (chunk === last) return;
    last = chunk;
    bytes += chunk.length;
    if (bytes > limitBytes) cut();
  });
}

/** Calls `cut` when something comes that is no HTTP: nothing that follows it could be read. */
function cutNonsense({ parser }: PacedClient, cut: () => void): void {
  const execute = parser.execute.bind(parser);
  parser.execute = (chunk) => {
    const read = execute(chunk);
    if (read instanceof Error) cut();
    return read;
  };
}

function requirePaced(client: object): PacedClient {
  const { responseMax, reqsMade, destroy, parser } = client as Partial<PacedClient>;
  if (responseMax !== 1 || reqsMade !== 0 || typeof destroy !== 'function' || typeof parser?.execute !== 'function') {
    throw new Error(
      'this version of autocannon cannot be paced: its client has no responseMax, reqsMade, destroy or parser',
    );
  }
  return client as PacedClient;
}
