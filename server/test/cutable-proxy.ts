import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A TCP proxy on a loopback port (a free one unless given) whose connections can be cut without a word to either side's program. */
export class CutableProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #held = new Set<Socket>();
  #holding = false;

  private constructor(target: { readonly host: string; readonly port: number }) {
    this.#server = createServer((inbound) => {
      this.#track(inbound);
      if (this.#holding) {
        // Read, or the end of the connection would go unnoticed.
        inbound.resume();
        this.#held.add(inbound);
        inbound.on('close', () => this.#held.delete(inbound));
        return;
      }
      const outbound = connect(target);
      this.#track(outbound);
      inbound.pipe(outbound).pipe(inbound);
    });
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.#sockets.delete(socket));
  }

  static async start(target: { readonly host: string; readonly port: number }, port = 0): Promise<CutableProxy> {
    const proxy = new CutableProxy(target);
    proxy.#server.listen(port, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Open sockets; a connection that goes through has two, one that is held has one. */
  get connections(): number {
    return this.#sockets.size;
  }

  /** From now on connections are accepted and never answered, as by a host that hangs. */
  hold(): void {
    this.#holding = true;
  }

  /** As by a network that is cut in silence: nothing goes through any more, and nobody is told. */
  freeze(): void {
    this.#holding = true;
    for (const socket of this.#sockets) socket.pause();
  }

  /** What was on its way arrives, and new connections go through; those made in between are cut. */
  thaw(): void {
    this.#holding = false;
    for (const socket of this.#held) socket.resetAndDestroy();
    for (const socket of this.#sockets) socket.resume();
  }

  /** Cuts every connection there is; new ones go through. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
