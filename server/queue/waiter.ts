import type { PopWish } from './consumption.ts';
import type { Delivery } from './pop.ts';

/** A consumer that waits: until it is served, its time is up or it goes. */
export class Waiter {
  readonly wish: PopWish;
  /** Settles once; undefined = nothing came. */
  readonly outcome: Promise<Delivery | undefined>;
  readonly #left = new AbortController();
  readonly #resolvers = Promise.withResolvers<Delivery | undefined>();
  readonly #timer: NodeJS.Timeout;
  readonly #gone: AbortSignal;
  readonly #leave = (): void => this.leave();

  constructor(wish: PopWish, timeoutMs: number, gone: AbortSignal) {
    this.wish = wish;
    this.outcome = this.#resolvers.promise;
    this.#gone = gone;
    this.#timer = setTimeout(this.#leave, timeoutMs);
    gone.addEventListener('abort', this.#leave, { once: true });
  }

  /** Aborted when nobody would take a delivery any more. */
  get gone(): AbortSignal {
    return this.#left.signal;
  }

  /** From here on time does not run out: what comes next cannot be taken back. */
  stopClock(): void {
    clearTimeout(this.#timer);
  }

  serve(delivery: Delivery): void {
    this.#settle();
    this.#resolvers.resolve(delivery);
  }

  fail(error: unknown): void {
    this.#settle();
    this.#resolvers.reject(error);
  }

  leave(): void {
    this.#settle();
    this.#left.abort();
    this.#resolvers.resolve(undefined);
  }

  #settle(): void {
    clearTimeout(this.#timer);
    this.#gone.removeEventListener('abort', this.#leave);
  }
}
