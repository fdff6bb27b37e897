import { Worker } from 'node:worker_threads';
import { monotonicUs } from '../measure/monotonic-clock.ts';
import { type AlarmMemory, alarmMemory } from './alarm-memory.ts';

/** The time an open loop goes by; microseconds on the monotonic clock. */
export interface LoadClock {
  nowUs(): number;
  /** Calls `wake` once, not before that time and never at once. A later call takes the place of an earlier one. */
  wakeAt(atUs: number, wake: () => void): void;
  /** Forgets what {@link wakeAt} was asked for. */
  cancel(): void;
}

/** Shorter waits are not worth a message from another thread, which takes this long. */
const SHORT_US = 100;

/**
 * The real clock. Its alarm is a thread that sleeps to the microsecond and then sends a message: Node's own timers count
 * whole milliseconds, and to spin for the last of them leaves no idle time by which a busy event loop could be told apart,
 * and takes the CPU of the server that is measured. Disposing it ends the thread.
 */
export class ThreadClock implements LoadClock, AsyncDisposable {
  readonly #memory: AlarmMemory;
  readonly #thread: Worker;
  #atUs = 0;
  #wake: (() => void) | undefined;
  #immediate: NodeJS.Immediate | undefined;

  constructor() {
    const shared = new SharedArrayBuffer(16);
    this.#memory = alarmMemory(shared);
    this.#thread = new Worker(new URL('alarm-thread.ts', import.meta.url), { workerData: shared });
    this.#thread.on('message', (order: number) => {
      if (order === Atomics.load(this.#memory.order, 0)) this.#ring();
    });
  }

  nowUs(): number {
    return monotonicUs();
  }

  wakeAt(atUs: number, wake: () => void): void {
    this.cancel();
    this.#atUs = atUs;
    this.#wake = wake;
    if (atUs - this.nowUs() < SHORT_US) this.#immediate = setImmediate(() => this.#ring());
    else this.#tellThread(atUs);
  }

  cancel(): void {
    this.#wake = undefined;
    clearImmediate(this.#immediate);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cancel();
    await this.#thread.terminate();
  }

  #tellThread(atUs: number): void {
    this.#memory.atUs[0] = atUs;
    Atomics.add(this.#memory.order, 0, 1);
    Atomics.notify(this.#memory.order, 0);
  }

  #ring(): void {
    const wake = this.#wake;
    if (wake === undefined) return;
    if (this.nowUs() < this.#atUs) {
      this.#immediate = setImmediate(() => this.#ring());
      return;
    }
    this.#wake = undefined;
    wake();
  }
}
