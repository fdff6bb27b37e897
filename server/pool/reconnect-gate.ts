/**
 * Who of a pool may try to open a connection. Open: everybody. Shut, because an attempt failed: only the one whose attempt
 * that was, until anyone gets in; so a PostgreSQL that is away or starting is not stormed.
 */
export class ReconnectGate {
  #prober: symbol | undefined;
  #opened = Promise.withResolvers<void>();

  admits(ticket: symbol): boolean {
    return this.#prober === undefined || this.#prober === ticket;
  }

  /** Resolves when the gate opens the next time. */
  get opened(): Promise<void> {
    return this.#opened.promise;
  }

  /** An attempt of this one failed; if the gate is shut already, it stays with whom it is. */
  shut(ticket: symbol): void {
    this.#prober ??= ticket;
  }

  open(): void {
    this.#prober = undefined;
    this.#opened.resolve();
    this.#opened = Promise.withResolvers<void>();
  }
}
