import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { LinkState } from './fault.ts';
import { endsConnections, passagesOf } from './passage.ts';
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
  /** Accepted, while the server does not know of them yet. */
  readonly #waiting = new Set<Socket>();
  /** Resets of what was cut: the other end may never close its side, so the next state ends it for good. */
  readonly #leaving: (() => void)[] = [];
  #listener: Server | undefined;
  #passages = passagesOf({ state: 'open' });
  /** New connections wait. */
  #holdsNew = false;

  constructor(target: LinkTarget, port: number) {
    this.#target = target;
    this.#port = port;
  }

  /** Puts the link into a state; resolves when it is in effect for all connections. Throws what `listen` throws. */
  async set(link: LinkState): Promise<void> {
    for (const reset of this.#leaving.splice(0)) reset();
    if (endsConnections(link)) {
      await this.#refuse();
      await (link.state === 'cut' ? this.#cutAll() : this.#resetAll());
      return;
    }
    this.#passages = passagesOf(link);
    for (const relay of this.#relays) relay.follow(this.#passages);
    this.#holdsNew = link.state === 'black-hole';
    if (!this.#holdsNew) this.#letIn();
    await this.#listen();
  }

  async #listen(): Promise<void> {
    if (this.#listener !== undefined) return;
    const listener = createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.#accept(client));
    this.#listener = listener;
    listener.listen(this.#port, '127.0.0.1');
    await once(listener, 'listening');
  }

  async #refuse(): Promise<void> {
    this.#holdsNew = true;
    // Connections that the kernel has accepted, and we have not, would be reset with the listener: they come in first.
    await nextTurn();
    // The port is closed at once; the callback would wait for the connections.
    this.#listener?.close();
    this.#listener = undefined;
  }

  #accept(client: Socket): void {
    if (!this.#holdsNew) {
      this.#relay(client);
      return;
    }
    this.#waiting.add(client);
    client.on('error', () => undefined);
    client.on('close', () => this.#waiting.delete(client));
  }

  #letIn(): void {
    for (const client of this.#waiting) this.#relay(client);
    this.#waiting.clear();
  }

  #relay(client: Socket): void {
    this.#relays.add(new Relay(client, this.#target, this.#passages, (relay) => this.#relays.delete(relay)));
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
