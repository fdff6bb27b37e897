import type { DirectPush } from '../buffer/push-failover.ts';
import type { ServerConfig } from '../config.ts';
import type { LegacyRoute } from '../http/push-routes.ts';
import type { AsyncDbPool } from '../pool/async-db-pool.ts';
import { whileAlive } from '../pool/probe.ts';
import { sessionSettings } from '../pool/session-settings.ts';
import type { PreparedGroup } from '../queue/prepared-push.ts';
import type { LegacyGroup } from './legacy-push.ts';
import { type LegacyNews, LegacyThreadPool } from './legacy-thread-pool.ts';

/** A worker's thread-pool route, from before its threads exist: they are started when the database is open. */
export class LegacyThreads implements LegacyRoute, AsyncDisposable {
  readonly #config: ServerConfig;
  readonly #threads: number;
  readonly #worker: number;
  #pool: LegacyThreadPool | undefined;
  #way: DirectPush | undefined;
  #closed = false;

  /** No threads: the pools are unified, and there is no such route. */
  constructor(config: ServerConfig, threads: number, worker: number) {
    this.#config = config;
    this.#threads = threads;
    this.#worker = worker;
  }

  get isThere(): boolean {
    return this.#threads > 0;
  }

  get isFull(): boolean {
    return this.#pool?.isFull ?? false;
  }

  /** Starts the threads and waits until each has its connection. `workerPool` knows whether PostgreSQL is there. */
  async start(workerPool: AsyncDbPool): Promise<void> {
    if (this.#threads === 0 || this.#closed) return;
    const { database, acquireTimeoutMs, batchLimits, encryptionKey, logLevel } = this.#config;
    this.#pool = new LegacyThreadPool(this.#threads, {
      address: database,
      settings: sessionSettings(this.#config, 'regular', this.#worker),
      acquireTimeoutMs,
      batchLimits,
      encryptionKey,
      logLevel,
      worker: this.#worker,
    });
    await this.#pool.ready();
    this.#way = legacyPushWay(this.#pool, workerPool);
  }

  /** Until the threads are there, as if PostgreSQL were away. */
  readonly push: DirectPush = async (groups) =>
    this.#way === undefined ? groups.map(() => 'unsent') : await this.#way(groups);

  tell(news: LegacyNews): void {
    if (!this.#closed) this.#pool?.tell(news);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await this.#pool?.[Symbol.asyncDispose]();
  }
}

function legacyPushWay(threads: LegacyThreadPool, workerPool: AsyncDbPool): DirectPush {
  return async (groups) => {
    if (workerPool.outage.aborted) return groups.map(() => 'outage');
    const answer = await whileAlive(workerPool, threads.push(groups.map(toLegacyGroup)));
    if (answer.kind === 'outcomes') return answer.outcomes;
    if (answer.kind === 'error') throw new Error(answer.message);
    return groups.map(() => 'outage');
  };
}

function toLegacyGroup({ queue, partition, messages }: PreparedGroup): LegacyGroup {
  return {
    queue,
    partition,
    messages: messages.map(({ item, message }) => ({
      id: message.id.text,
      transactionId: message.transactionId,
      isNamed: item.transactionId !== undefined,
      traceId: item.traceId,
      payload: message.payload,
    })),
  };
}
