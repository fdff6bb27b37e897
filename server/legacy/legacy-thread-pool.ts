import { randomUUID } from 'node:crypto';
import { BroadcastChannel } from 'node:worker_threads';
import { Piscina } from 'piscina';
import type { DatabaseAddress, SessionSettings } from '../pool/session.ts';
import type { BatchLimits } from '../queue/batch-plan.ts';
import type { MessageOutcome } from '../queue/push-transaction.ts';
import type { LegacyGroup } from './legacy-push.ts';

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
  /** Name of the broadcast channel on which threads hear {@link LegacyNews}. */
  readonly channel: string;
}

/** What the worker tells its threads of PostgreSQL; `cut`: it hangs, and connections to it are to be thrown away. */
export type LegacyNews = 'away' | 'back' | 'cut';

/** Errors do not survive the way between threads as what they are, so the answer says in words what happened. */
export type LegacyAnswer =
  | { readonly kind: 'outcomes'; readonly outcomes: readonly (readonly MessageOutcome[])[] }
  | { readonly kind: 'outage' | 'error'; readonly message: string };

/** Requests that may wait for a thread; beyond that a push is refused with 503 rather than kept without bound. */
const MAX_WAITING_PUSHES = 10_000;

/** The thread-pool route: as many threads as regular connections, each doing one task at a time on its own connection. */
export class LegacyThreadPool implements AsyncDisposable {
  readonly #piscina: Piscina;
  readonly #threads: number;
  readonly #connected: Int32Array<SharedArrayBuffer>;
  readonly #channel: BroadcastChannel;

  constructor(threads: number, data: Omit<LegacyThreadData, 'connected' | 'channel'>) {
    this.#threads = threads;
    this.#connected = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
    const channel = `queueproof-legacy-${randomUUID()}`;
    this.#channel = new BroadcastChannel(channel);
    this.#channel.unref();
    this.#piscina = new Piscina({
      filename: new URL('./legacy-thread.ts', import.meta.url).href,
      minThreads: threads,
      maxThreads: threads,
      idleTimeout: Number.POSITIVE_INFINITY,
      concurrentTasksPerWorker: 1,
      // An idle thread must not sleep in Atomics.wait: it would not notice that its connection was lost.
      atomics: 'disabled',
      maxQueue: MAX_WAITING_PUSHES,
      workerData: { ...data, connected: this.#connected, channel },
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

  async push(groups: readonly LegacyGroup[]): Promise<LegacyAnswer> {
    return (await this.#piscina.run(groups, { name: 'pushTask' })) as LegacyAnswer;
  }

  /** Tells every thread. */
  tell(news: LegacyNews): void {
    this.#channel.postMessage(news);
  }

  /** True when another push would have to be refused. */
  get isFull(): boolean {
    return this.#piscina.queueSize >= MAX_WAITING_PUSHES;
  }

  /** Closes the connections in the orderly way (one task an idle thread), then ends the threads. */
  async [Symbol.asyncDispose](): Promise<void> {
    const closing = Array.from({ length: this.#threads }, () => this.#piscina.run(undefined, { name: 'closeTask' }));
    await Promise.allSettled(closing);
    this.#channel.close();
    await this.#piscina.destroy();
  }
}
