/** What a waiter may give up for. */
export interface WaitLimits {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** No connection became free within the time a caller was ready to wait. */
export class PoolTimeoutError extends Error {
  override readonly name = 'PoolTimeoutError';
}

interface Waiter<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
  /** Takes back timer and abort listener. */
  readonly settle: () => void;
}

/** First come, first served. A Map keeps insertion order and lets a waiter that gives up leave from the middle. */
export class WaiterQueue<T> {
  readonly #waiters = new Map<symbol, Waiter<T>>();

  get length(): number {
    return this.#waiters.size;
  }

  /**
   * Waits for a value.
   *
   * @throws PoolTimeoutError after `timeoutMs`, or the signal's reason when it aborts.
   */
  wait(limits: WaitLimits): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const ticket = Symbol('waiter');
    const leave = (error: unknown): void => {
      this.#waiters.get(ticket)?.settle();
      this.#waiters.delete(ticket);
      reject(error);
    };
    const timer = setTimeout(
      () => leave(new PoolTimeoutError(`No database connection became free within ${limits.timeoutMs} ms.`)),
      limits.timeoutMs,
    );
    const abort = (): void => leave(limits.signal?.reason);
    limits.signal?.addEventListener('abort', abort, { once: true });
    const settle = (): void => {
      clearTimeout(timer);
      limits.signal?.removeEventListener('abort', abort);
    };
    this.#waiters.set(ticket, { resolve, reject, settle });
    return promise;
  }

  /** Hands a value to whoever has waited longest; false when nobody waits. */
  serve(value: T): boolean {
    const waiter = this.#shift();
    waiter?.resolve(value);
    return waiter !== undefined;
  }

  /** Turns everybody away. */
  rejectAll(error: Error): void {
    for (let waiter = this.#shift(); waiter !== undefined; waiter = this.#shift()) waiter.reject(error);
  }

  #shift(): Waiter<T> | undefined {
    for (const [ticket, waiter] of this.#waiters) {
      this.#waiters.delete(ticket);
      waiter.settle();
      return waiter;
    }
    return undefined;
  }
}
