/** Between workers and the primary. From a worker: its own interest, or wakes; to a worker: what others want, or wakes. */
export type WakeMessage =
  | { readonly kind: 'interest'; readonly key: string; readonly wanted: boolean }
  | { readonly kind: 'wake'; readonly keys: readonly string[] };

/**
 * A worker's end of the line that wakes consumers waiting in any worker. It costs PostgreSQL nothing (NOTIFY would take a
 * lock of the whole cluster at every commit) and a push nothing but four look-ups where nobody waits.
 *
 * A wake may get lost: interest travels while somebody pushes, a primary dies. Whoever waits must look again now and then.
 */
export class WakeLine {
  readonly #send: (message: WakeMessage) => void;
  /** Keys under which consumers of other workers wait. */
  readonly #wantedElsewhere = new Set<string>();
  readonly #unsent = new Set<string>();
  #onWake: (keys: readonly string[]) => void = () => undefined;

  constructor(send: (message: WakeMessage) => void) {
    this.#send = send;
  }

  /** Who is told of wakes, from this worker and the others. */
  listen(onWake: (keys: readonly string[]) => void): void {
    this.#onWake = onWake;
  }

  /** Tells the other workers whether consumers wait here under this key. */
  setInterest(key: string, wanted: boolean): void {
    this.#send({ kind: 'interest', key, wanted });
  }

  /** There is something to deliver under these keys. Wakes of one turn of the event loop go out as one message. */
  wake(keys: readonly string[]): void {
    this.#onWake(keys);
    for (const key of keys) {
      if (!this.#wantedElsewhere.has(key)) continue;
      if (this.#unsent.size === 0) setImmediate(() => this.#flush());
      this.#unsent.add(key);
    }
  }

  receive(message: WakeMessage): void {
    if (message.kind === 'wake') this.#onWake(message.keys);
    else if (message.wanted) this.#wantedElsewhere.add(message.key);
    else this.#wantedElsewhere.delete(message.key);
  }

  #flush(): void {
    const keys = [...this.#unsent];
    this.#unsent.clear();
    this.#send({ kind: 'wake', keys });
  }
}
