import { performance } from 'node:perf_hooks';

/**
 * A stall shorter than this may fall between two looks. 50 looks a second take 0.5 % of a core of an idle process, for the
 * waking up; of a busy one nothing that could be told from noise.
 */
const LOOK_INTERVAL_MS = 20;

/**
 * How late this process's event loop comes to what is due, by a timer of its own. Not by `monitorEventLoopDelay`: that
 * counts its interval as delay, and its `reset` forgets the look under way, so that a stall is lost when whoever asks
 * comes out of it before the timer does. Disposing it ends the looks.
 */
export class EventLoopDelay implements Disposable {
  readonly #timer: NodeJS.Timeout;
  #dueMs = performance.now() + LOOK_INTERVAL_MS;
  #longestMs = 0;

  constructor() {
    this.#timer = setInterval(() => this.#look(), LOOK_INTERVAL_MS).unref();
  }

  /** The longest delay since the last call, that of a look still awaited included; milliseconds. */
  takeLongestMs(): number {
    if (performance.now() > this.#dueMs) this.#look();
    const longestMs = this.#longestMs;
    this.#longestMs = 0;
    return longestMs;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const nowMs = performance.now();
    this.#longestMs = Math.max(this.#longestMs, nowMs - this.#dueMs);
    this.#dueMs = nowMs + LOOK_INTERVAL_MS;
  }
}
