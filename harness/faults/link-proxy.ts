import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { LinkState } from './fault.ts';
import { endsConnections, type Passages, passagesOf } from './passage.ts';
import { finish, type LinkTarget, Relay } from './relay.ts';
import { resetSocket } from './reset-socket.ts';

/**
 * A TCP proxy on a port of 127.0.0.1 that does with its connections what the state of the link says. It speaks for a
 * network, so it never answers in place of the other end: only `cut` and `reset` make it end connections by itself.
 *
 * Connections that live through a state in which nothing is lost (black hole, latency, bandwidth) go on as if nothing
 * had been. Those that lost bytes in a half-open link are reset when it heals, as are those that a cut left half closed.
 */
export class LinkProxy {
  readonly #target: LinkTarget;
  readonly #port: number;
  readonly #relays = new Set<Relay>();
  /** Accepted by a black hole: the server does not know of them yet. */
  readonly #waiting = new Set<Socket>();
  /** Resets of what was cut: the other end may never close its side, so the next state ends it for good. */
  readonly #leaving: (() => void)[] = [];
  #listener: Server | undefined;
  /** Undefined while connections are refused. */
  #passages: Passages | undefined = passagesOf({ state: 'open' });
  #accepts: 'relays' | 'waits' = 'relays';

  constructor(target: LinkTarget, port: number) {
    this.#target = target;
    this.#port = port;
  }

  /** Puts the link into a state; resolves when it is in effect for all connections. Throws what `listen` throws. */
  async set(link: LinkState): Promise<void> {
    for (const reset of this.#leaving.splice(0)) reset();
    if (endsConnections(link)) {
      this.#refuse();
      await (link.state === 'cut' ? this.#cutAll() : this.#resetAll());
      return;
    }
    this.#passages = passagesOf(link);
    this.#accepts = link.state === 'black-hole' ? 'waits' : 'relays';
    for (const relay of this.#relays) relay.follow(this.#passages);
    if (this.#accepts === 'relays') this.#letIn(this.#passages);
    await this.#listen();
  }

  async #listen(): Promise<void> {
    if (this.#listener !== undefined) return;
    const listener = createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.#accept(client));
    this.#listener = listener;
    listener.listen(this.#port, '127.0.0.1');
    await once(listener, 'listening');
  }

  #refuse(): void {
    // The port is closed at once; the callback would wait for the connections.
    this.#listener?.close();
    this.#listener = undefined;
    this.#passages = undefined;
  }

  #accept(client: Socket): void {
    if (this.#passages === undefined) {
      resetSocket(client);
      return;
    }
    if (this.#accepts === 'relays') {
      this.#relay(client, this.#passages);
      return;
    }
    this.#waiting.add(client);
    client.on('error', () => undefined);
    client.on('close', () => this.#waiting.delete(client));
  }

  #letIn(passages: Passages): void {
    for (const client of this.#waiting) this.#relay(client, passages);
    this.#waiting.clear();
  }

  #relay(client: Socket, passages: Passages): void {
    this.#relays.add(new Relay(client, this.#target, passages, (relay) => this.#relays.delete(relay)));
  }

  async #cutAll(): Promise<void> {
    const [relays, clients] = [[...this.#relays], [...this.#waiting]];
    this.#relays.clear();
    this.#waiting.clear();
    this.#leaving.push(
      ...relays.map((relay) => () => relay.reset()),
      ...clients.map((client) => () => resetSocket(client)),
    );
    await Promise.all([...relays.map((relay) => relay.cut()), ...clients.map((client) => finish(client.resume()))]);
  }

  #resetAll(): void {
    for (const relay of this.#relays) relay.reset();
    for (const client of this.#waiting) resetSocket(client);
  }
}
