import type { WakeMessage } from './wake-line.ts';

/** A worker as the exchange sees it. */
export interface WakePeer {
  send(message: WakeMessage): void;
}

/** The primary's side of the wake lines: knows which workers have consumers waiting under which key, and passes wakes on. */
export class WakeExchange {
  readonly #peers = new Set<WakePeer>();
  readonly #interested = new Map<string, Set<WakePeer>>();

  /** A worker that can be talked to; it learns what the others want. */
  join(peer: WakePeer): void {
    this.#peers.add(peer);
    for (const [key, peers] of this.#interested) {
      if (isWantedBesides(peers, peer)) peer.send({ kind: 'interest', key, wanted: true });
    }
  }

  /** The worker is gone, and its consumers with it. */
  leave(peer: WakePeer): void {
    this.#peers.delete(peer);
    for (const key of [...this.#interested.keys()]) this.#setInterest(peer, key, false);
  }

  receive(from: WakePeer, message: WakeMessage): void {
    if (message.kind === 'interest') {
      this.#setInterest(from, message.key, message.wanted);
      return;
    }
    const keysOf = new Map<WakePeer, string[]>();
    for (const key of message.keys) {
      for (const peer of this.#interested.get(key) ?? []) {
        if (peer !== from) keysOf.set(peer, [...(keysOf.get(peer) ?? []), key]);
      }
    }
    for (const [peer, keys] of keysOf) peer.send({ kind: 'wake', keys });
  }

  #setInterest(of: WakePeer, key: string, wanted: boolean): void {
    const peers = this.#interested.get(key) ?? new Set<WakePeer>();
    const wantedBefore = new Map([...this.#peers].map((peer) => [peer, isWantedBesides(peers, peer)]));
    if (wanted) peers.add(of);
    else peers.delete(of);
    if (peers.size === 0) this.#interested.delete(key);
    else this.#interested.set(key, peers);
    for (const peer of this.#peers) {
      const now = isWantedBesides(peers, peer);
      if (now !== wantedBefore.get(peer)) peer.send({ kind: 'interest', key, wanted: now });
    }
  }
}

function isWantedBesides(peers: ReadonlySet<WakePeer>, one: WakePeer): boolean {
  return peers.size > (peers.has(one) ? 1 : 0);
}
