const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** A command that can be told to stop: while it lasts, the first such signal to the process aborts `signal`. */
export class Interruption implements Disposable {
  readonly #controller = new AbortController();
  readonly #interrupt = (): void => this.#controller.abort(new Error('interrupted'));

  constructor() {
    for (const name of SIGNALS) process.on(name, this.#interrupt);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  [Symbol.dispose](): void {
    for (const name of SIGNALS) process.off(name, this.#interrupt);
  }
}
