import type { Logger } from '../log.ts';

export interface PeriodicJobOptions {
  readonly name: string;
  readonly intervalMs: number;
  /** One run; the signal says that the job is being stopped. What it throws is logged, and the next run comes. */
  readonly run: (stopped: AbortSignal) => Promise<void>;
  readonly log: Logger;
}

/** Runs something again and again, with a pause of the interval between the end of a run and the next. */
export class PeriodicJob {
  readonly #options: PeriodicJobOptions;
  readonly #stopping = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();

  /** The first run is after one interval. */
  constructor(options: PeriodicJobOptions) {
    this.#options = options;
    this.#schedule();
  }

  /** Resolves when the run under way has ended; no other will come. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    clearTimeout(this.#timer);
    await this.#running;
  }

  #schedule(): void {
    this.#timer = setTimeout(() => {
      this.#running = this.#runOnce();
    }, this.#options.intervalMs);
  }

  async #runOnce(): Promise<void> {
    const { name, run, log } = this.#options;
    try {
      await run(this.#stopping.signal);
    } catch (err) {
      if (!this.#stopping.signal.aborted) log.warn({ err, job: name }, 'a job failed, it will run again');
    }
    if (!this.#stopping.signal.aborted) this.#schedule();
  }
}
