import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** One end of a TCP connection, and all that it has come to know. */
export class Peer {
  readonly socket: Socket;
  readonly #chunks: Buffer[] = [];
  receivedBytes = 0;
  /** FIN came. */
  isEnded = false;
  /** `ECONNRESET`, … */
  error: string | undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (bytes: Buffer) => {
      this.#chunks.push(bytes);
      this.receivedBytes += bytes.length;
    });
    socket.on('end', () => {
      this.isEnded = true;
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.error = error.code;
    });
  }

  get received(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  get text(): string {
    return this.received.toString();
  }
}

/** Connects to a port of 127.0.0.1; throws when that is refused. */
export async function connectPeer(port: number): Promise<Peer> {
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true, noDelay: true });
  await once(socket, 'connect');
  return new Peer(socket);
}

export interface PeerServer extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** In the order in which they connected. */
  readonly peers: readonly Peer[];
}

/** A TCP server that sends back what it gets, or keeps silent; it ends a connection when the client does. */
export async function startPeerServer(answers: 'echo' | 'nothing'): Promise<PeerServer> {
  const peers: Peer[] = [];
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    peers.push(new Peer(socket));
    if (answers === 'echo') socket.pipe(socket);
    else socket.on('end', () => socket.end());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    peers,
    async [Symbol.asyncDispose]() {
      server.close();
      for (const { socket } of peers) socket.destroy();
      await once(server, 'close');
    },
  };
}
