import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Passages } from './passage.ts';
import { resetSocket } from './reset-socket.ts';
import { StreamDirection } from './stream-direction.ts';

/** Where the other end of a link is. */
export interface LinkTarget {
  readonly host: string;
  readonly port: number;
}

/** Longest wait until the FIN of a cut has gone out; behind a receiver that takes nothing it never does. */
const FIN_LIMIT_MS = 250;

const NOTHING: Passages = { toServer: { kind: 'swallow' }, toClient: { kind: 'swallow' } };

/** One connection through the proxy: a client that came in, and the connection to the server that was opened for it. */
export class Relay {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #toServer: StreamDirection;
  readonly #toClient: StreamDirection;

  /** `onOver` is called when both sockets are closed. */
  constructor(client: Socket, target: LinkTarget, passages: Passages, onOver: (relay: Relay) => void) {
    this.#client = client;
    this.#server = connect({ ...target, allowHalfOpen: true, noDelay: true });
    for (const socket of this.#sockets) {
      // A connection that breaks is closed next, and the other side is told then.
      socket.on('error', () => undefined);
      socket.on('close', () => {
        if (client.destroyed && this.#server.destroyed) onOver(this);
      });
    }
    this.#toServer = new StreamDirection(client, this.#server, passages.toServer);
    this.#toClient = new StreamDirection(this.#server, client, passages.toClient);
  }

  /** A connection that lost bytes cannot go on as if nothing had been: it is reset. */
  follow(passages: Passages): void {
    const isWhole = !this.#toServer.hasSwallowed && !this.#toClient.hasSwallowed;
    if (!isWhole && passages.toClient.kind !== 'swallow') {
      this.reset();
      return;
    }
    this.#toServer.follow(passages.toServer);
    this.#toClient.follow(passages.toClient);
  }

  /** Ends both sides with FIN; what was not passed on is thrown away. Resolves when the FIN has gone out. */
  async cut(): Promise<void> {
    this.#toServer.follow(NOTHING.toServer);
    this.#toClient.follow(NOTHING.toClient);
    await Promise.all(this.#sockets.map(finish));
  }

  /** Ends both sides with RST; what was not passed on is thrown away. */
  reset(): void {
    for (const socket of this.#sockets) resetSocket(socket);
  }

  get #sockets(): readonly Socket[] {
    return [this.#client, this.#server];
  }
}

/** Sends FIN after what was written before. */
export async function finish(socket: Socket): Promise<void> {
  if (socket.destroyed || socket.writableFinished) return;
  if (socket.connecting) {
    socket.destroy();
    return;
  }
  socket.end();
  const limit = AbortSignal.timeout(FIN_LIMIT_MS);
  // Broken, or too late: there is nothing more to be done for it.
  await once(socket, 'finish', { signal: limit }).catch(() => undefined);
}
