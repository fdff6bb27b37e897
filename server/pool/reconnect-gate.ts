/**
 * Attempts at once. Each takes some CPU on both sides for the password, and its time-out runs meanwhile: on a busy machine 45
 * at once took longer than the 2 s that each of them has, and were given up in the middle; few after each other do not.
 */
const MOST_AT_ONCE = 4;

/**
 * Who of a pool may try to open a connection. Open: everybody, a few at a time. Shut, because an attempt failed: only the
 * one whose attempt that was, until anyone gets in; so a PostgreSQL that is away or starting is not stormed.
 */
export class ReconnectGate {
  #prober: symbol | undefined;
  #trying = 0;
  #changed = Promise.withResolvers<void>();

  admits(ticket: symbol): boolean {
    return this.#prober === undefined || this.#prober === ticket;
  }

  /** Resolves when this one may try; each that has entered must {@link leave}. */
  async enter(ticket: symbol): Promise<void> {
    while (!this.admits(ticket) || this.#trying >= MOST_AT_ONCE) await this.#changed.promise;
    this.#trying += 1;
  }

  leave(): void {
    this.#trying -= 1;
    this.#change();
  }

  /** An attempt of this one failed; if the gate is shut already, it stays with whom it is. */
  shut(ticket: symbol): void {
    this.#prober ??= ticket;
  }

  open(): void {
    this.#prober = undefined;
    this.#change();
  }

  #change(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}
