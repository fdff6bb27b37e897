import cluster, { type Worker } from 'node:cluster';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { BufferKeeper } from './buffer/buffer-keeper.ts';
import { CallLine, type CallMessage } from './buffer/call-line.ts';
import type { Member } from './buffer/route-control.ts';
import type { ServerConfig } from './config.ts';
import { prepareDatabase, prepareDatabaseInTime } from './database-check.ts';
import type { Logger } from './log.ts';
import { ScrapeExchange } from './observe/scrape-exchange.ts';
import type { ScrapeMessage } from './observe/scrape-line.ts';
import { type ConnectionBudget, connectionBudget, divideBudget } from './pool/connection-budget.ts';
import { WakeExchange } from './wake/wake-exchange.ts';
import type { WakeMessage } from './wake/wake-line.ts';

/** What the primary gives a worker, in its environment. */
export const WORKER_VARIABLES = Object.freeze({ number: 'QUEUEPROOF_WORKER', budget: 'QUEUEPROOF_BUDGET' });

/** What a worker tells the primary when it serves. */
export interface WorkerReady {
  readonly ready: true;
  readonly port: number;
}

/**
 * Where workers and their threads keep compiled code. Every legacy thread loads the same dozen modules: 16 of them took
 * 583 ms to start without the cache, and 354 ms with it.
 */
const COMPILE_CACHE = fileURLToPath(new URL('../node_modules/.cache/queueproof/compiled', import.meta.url));

/** Pause before a dead worker is replaced, so that one that cannot start does not take the machine. */
const REPLACE_DELAY_MS = 500;

/**
 * Takes the file buffer, prepares the database, starts the workers and keeps their number. With PostgreSQL down the workers
 * start all the same, and the database is prepared as soon as it is there. Returns the exit code once everything has ended:
 * 0 after SIGTERM or SIGINT, 1 when a worker could not start in the first place.
 *
 * @throws BudgetError, BufferLockedError, DatabaseUnavailableError.
 */
export async function runPrimary(config: ServerConfig, log: Logger): Promise<number> {
  const budget = connectionBudget(config.poolSize, config.poolMode);
  const shares = divideBudget(budget, config.workers, config.poolMode);
  await using keeper = await BufferKeeper.open(config.fileBuffer, log);
  const view = await prepareDatabase(config, budget, log);
  if (view !== undefined) await keeper.databaseIsPrepared(view);
  const primary = new Primary(config, shares, keeper, log);
  if (view === undefined) void primary.prepareLater(budget);
  return await primary.run();
}

class Primary {
  readonly #config: ServerConfig;
  readonly #shares: readonly ConnectionBudget[];
  readonly #keeper: BufferKeeper;
  readonly #log: Logger;
  readonly #stopped = Promise.withResolvers<number>();
  /** Our own list: `cluster.workers` keeps one that has exited until its channel is closed too, in either order. */
  readonly #alive = new Set<Worker>();
  readonly #wakes = new WakeExchange();
  readonly #scrapes = new ScrapeExchange();
  readonly #preparing = new AbortController();
  #ready = 0;
  #listening = false;
  #stopping = false;
  /** Why the server ends by itself. */
  #failure: unknown;
  #exitCode = 0;

  constructor(config: ServerConfig, shares: readonly ConnectionBudget[], keeper: BufferKeeper, log: Logger) {
    this.#config = config;
    this.#shares = shares;
    this.#keeper = keeper;
    this.#log = log;
  }

  run(): Promise<number> {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => this.#stop(signal));
    // Buffered messages may be many, and JSON would escape each of them once more.
    cluster.setupPrimary({ serialization: 'advanced' });
    for (const [index, share] of this.#shares.entries()) this.#fork(index + 1, share);
    return this.#stopped.promise;
  }

  /** Prepares a database that was away at the start; if that cannot be done, the server ends. */
  async prepareLater(budget: ConnectionBudget): Promise<void> {
    try {
      const { signal } = this.#preparing;
      await this.#keeper.databaseIsPrepared(await prepareDatabaseInTime(this.#config, budget, this.#log, signal));
    } catch (error) {
      if (this.#stopping) return;
      this.#failure = error;
      this.#stop('the database cannot be used');
    }
  }

  #fork(number: number, share: ConnectionBudget): void {
    const worker = cluster.fork({
      NODE_COMPILE_CACHE: COMPILE_CACHE,
      [WORKER_VARIABLES.number]: String(number),
      [WORKER_VARIABLES.budget]: JSON.stringify(share),
    });
    this.#log.info({ event: 'worker-started', number, workerPid: worker.process.pid, budget: share }, 'worker started');
    this.#alive.add(worker);
    const peer = {
      send: (message: WakeMessage | ScrapeMessage) =>
        worker.isConnected() && worker.send(message, undefined, () => undefined),
    };
    const member: Member = {
      number,
      line: new CallLine(
        (message: CallMessage) => {
          // A worker that is gone answers nothing; its line is closed when it has ended.
          if (worker.isConnected()) worker.send(message, undefined, () => undefined);
        },
        this.#keeper.serviceFor(() => member),
      ),
      kill: () => worker.process.kill('SIGKILL'),
    };
    worker.on('message', (message: WorkerReady | WakeMessage | ScrapeMessage | CallMessage) => {
      if ('ready' in message) {
        this.#wakes.join(peer);
        this.#scrapes.join(peer);
        this.#onReady(message.port);
      } else if (!('kind' in message)) member.line.receive(message);
      else if (message.kind === 'wake' || message.kind === 'interest') this.#wakes.receive(peer, message);
      else this.#scrapes.receive(peer, message);
    });
    worker.on('disconnect', () => {
      this.#wakes.leave(peer);
      this.#scrapes.leave(peer);
    });
    worker.on('exit', (code, signal) => {
      this.#keeper.leave(member);
      void this.#onExit(worker, number, share, signal ?? code);
    });
  }

  #onReady(port: number): void {
    this.#ready += 1;
    if (this.#listening || this.#ready < this.#config.workers) return;
    this.#listening = true;
    const { host, workers } = this.#config;
    this.#log.info({ event: 'listening', host, port, workers }, `listening on http://${host}:${port}`);
  }

  async #onExit(worker: Worker, number: number, share: ConnectionBudget, ending: number | string): Promise<void> {
    this.#alive.delete(worker);
    if (this.#stopping) {
      // One that was still loading its code has no handler yet and ends by our own signal.
      if (ending !== 0 && ending !== 'SIGTERM') this.#exitCode = 1;
      this.#resolveIfAllGone();
      return;
    }
    this.#log.error({ event: 'worker-died', number, workerPid: worker.process.pid, ending }, 'worker died');
    if (!this.#listening) {
      // It never served: whatever is wrong will be wrong again.
      this.#exitCode = 1;
      this.#stopping = true;
      this.#signalWorkers('SIGTERM');
      this.#resolveIfAllGone();
      return;
    }
    await delay(REPLACE_DELAY_MS);
    if (this.#stopping) return;
    this.#log.warn({ event: 'worker-replaced', number }, 'replacing the worker');
    this.#fork(number, share);
  }

  #stop(signal: string): void {
    if (this.#stopping) return;
    this.#stopping = true;
    this.#log.info({ event: 'stopping', signal }, 'stopping');
    this.#preparing.abort();
    void this.#keeper.stopDraining();
    this.#signalWorkers('SIGTERM');
    this.#resolveIfAllGone();
    const killTimer = setTimeout(() => this.#signalWorkers('SIGKILL'), this.#config.shutdownTimeoutMs);
    killTimer.unref();
  }

  #signalWorkers(signal: NodeJS.Signals): void {
    for (const worker of this.#alive) worker.process.kill(signal);
  }

  #resolveIfAllGone(): void {
    if (this.#alive.size > 0) return;
    if (this.#failure === undefined) this.#stopped.resolve(this.#exitCode);
    else this.#stopped.reject(this.#failure);
  }
}
