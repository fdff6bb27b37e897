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

/** Node has no longer timers; nothing here waits so long. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * The real clock. Its alarm is a thread that sleeps to the microsecond and then sends a message. Woken 1000 times a second
 * on two busy cores, it was late by 0.13 ms in the median and took 9 % of a core. Node's own timers, which count whole
 * milliseconds, were late by 0.64 ms and took 3 %. To spin for the last of those, by setImmediate, was exact, but took 67 %
 * of a core from the server that is measured, and kept the event loop 95 % busy, by which nobody could tell any more whether
 * the load generator was the limit. So short waits are not spun for either: 10,000 a second are late by 0.09 ms, with an event
 * loop that is 16 % busy instead of 99.
 *
 * Where the machine has no core to spare for the thread, a timer of Node comes first now and then; whichever does rings.
 * Disposing the clock ends the thread.
 */
export class ThreadClock implements LoadClock, AsyncDisposable {
  readonly #memory: AlarmMemory;
  readonly #thread: Worker;
  #atUs = 0;
  #wake: (() => void) | undefined;
  #immediate: NodeJS.Immediate | undefined;
  #timer: NodeJS.Timeout | undefined;

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
    if (atUs <= this.nowUs()) {
      this.#immediate = setImmediate(() => this.#ring());
      return;
    }
    this.#tellThread(atUs);
    this.#startTimer();
  }

  cancel(): void {
    this.#wake = undefined;
    clearImmediate(this.#immediate);
    clearTimeout(this.#timer);
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

  #startTimer(): void {
    const waitMs = Math.max(1, Math.ceil((this.#atUs - this.nowUs()) / 1_000));
    // Node's timers go by a time that was taken earlier, so they may come before their own.
    const ring = () => (this.nowUs() < this.#atUs ? this.#startTimer() : this.#ring());
    this.#timer = setTimeout(ring, Math.min(waitMs, LONGEST_TIMER_MS));
  }

  #ring(): void {
    const wake = this.#wake;
    if (wake === undefined) return;
    if (this.nowUs() < this.#atUs) {
      // The thread's clock may differ by a microsecond.
      this.#immediate = setImmediate(() => this.#ring());
      return;
    }
    this.cancel();
    wake();
  }
}
