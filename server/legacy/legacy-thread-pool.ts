import { Piscina } from 'piscina';
import type { DatabaseAddress, SessionSettings } from '../pool/session.ts';
import type { BatchLimits } from '../queue/batch-plan.ts';
import type { PushItem, PushResult } from '../queue/message.ts';

/** What a thread is started with. */
export interface LegacyThreadData {
  readonly address: DatabaseAddress;
  readonly settings: SessionSettings;
  readonly acquireTimeoutMs: number;
  readonly batchLimits: BatchLimits;
  /** See `ServerConfig`. */
  readonly encryptionKey: string | undefined;
  readonly logLevel: string;
  readonly worker: number;
  /** Number of threads whose connection is open; threads add to it and notify. */
  readonly connected: Int32Array<SharedArrayBuffer>;
}

/** Errors do not survive the way between threads as what they are, so the answer says in words what happened. */
export type LegacyAnswer =
  | { readonly kind: 'results'; readonly results: readonly PushResult[] }
  | { readonly kind: 'outage' | 'error'; readonly message: string };

/** Requests that may wait for a thread; beyond that a push is refused with 503 rather than kept without bound. */
const MAX_WAITING_PUSHES = 10_000;

/** The thread-pool route: as many threads as regular connections, each doing one task at a time on its own connection. */
export class LegacyThreadPool implements AsyncDisposable {
  readonly #piscina: Piscina;
  readonly #threads: number;
  readonly #connected: Int32Array<SharedArrayBuffer>;

  constructor(threads: number, data: Omit<LegacyThreadData, 'connected'>) {
    this.#threads = threads;
    this.#connected = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
    this.#piscina = new Piscina({
      filename: new URL('./legacy-thread.ts', import.meta.url).href,
      minThreads: threads,
      maxThreads: threads,
      idleTimeout: Number.POSITIVE_INFINITY,
      concurrentTasksPerWorker: 1,
      // An idle thread must not sleep in Atomics.wait: it would not notice that its connection was lost.
      atomics: 'disabled',
      maxQueue: MAX_WAITING_PUSHES,
      workerData: { ...data, connected: this.#connected },
    });
  }

  /** Resolves when every thread has its connection. */
  async ready(): Promise<void> {
    for (;;) {
      const connected = Atomics.load(this.#connected, 0);
      if (connected >= this.#threads) return;
      await Atomics.waitAsync(this.#connected, 0, connected).value;
    }
  }

  async push(items: readonly PushItem[]): Promise<LegacyAnswer> {
    return (await this.#piscina.run(items, { name: 'pushTask' })) as LegacyAnswer;
  }

  /** True when another push would have to be refused. */
  get isFull(): boolean {
    return this.#piscina.queueSize >= MAX_WAITING_PUSHES;
  }

  /** Closes the connections in the orderly way (one task an idle thread), then ends the threads. */
  async [Symbol.asyncDispose](): Promise<void> {
    const closing = Array.from({ length: this.#threads }, () => this.#piscina.run(undefined, { name: 'closeTask' }));
    await Promise.allSettled(closing);
    await this.#piscina.destroy();
  }
}
