/** Starts one transaction if there is work for it; undefined when there is none. The promise must not reject. */
type StartTransaction = () => Promise<void> | undefined;

/**
 * Bounds the transactions of one worker that store messages, whatever they are made of, so that pushes which wait for
 * locks leave connections to everybody else. Whoever has such work joins and is asked in turn.
 */
export class TransactionSlots {
  #free: number;
  readonly #sources: StartTransaction[] = [];
  readonly #waiting: (() => Promise<void>)[] = [];
  #startScheduled = false;

  constructor(slots: number) {
    this.#free = slots;
    this.join(() => this.#waiting.shift()?.());
  }

  join(start: StartTransaction): void {
    this.#sources.push(start);
  }

  /** Runs one transaction as soon as there is a slot; first come, first served. */
  run<Outcome>(work: () => Promise<Outcome>): Promise<Outcome> {
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    this.#waiting.push(async () => {
      const outcome = work();
      resolve(outcome);
      await outcome.catch(() => undefined); // The caller's to handle.
    });
    this.schedule();
    return promise;
  }

  /** There is work. Once per turn of the event loop: requests that arrive in the same turn share their first transaction. */
  schedule(): void {
    if (this.#startScheduled) return;
    this.#startScheduled = true;
    setImmediate(() => {
      this.#startScheduled = false;
      this.#startAll();
    });
  }

  #startAll(): void {
    for (let idle = 0; this.#free > 0 && idle < this.#sources.length; ) {
      const source = this.#sources.shift();
      if (source === undefined) return;
      this.#sources.push(source);
      const running = source();
      if (running === undefined) {
        idle += 1;
        continue;
      }
      idle = 0;
      this.#free -= 1;
      void running.then(() => {
        this.#free += 1;
        this.schedule();
      });
    }
  }
}
