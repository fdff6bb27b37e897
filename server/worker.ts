import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { ServerConfig } from './config.ts';
import { DatabaseUnavailableError } from './database-check.ts';
import { createApp } from './http/app.ts';
import { observeWorker } from './jobs/observe-worker.ts';
import { startJobs } from './jobs/worker-jobs.ts';
import { LegacyThreadPool } from './legacy/legacy-thread-pool.ts';
import type { Logger } from './log.ts';
import { Activity } from './observe/activity.ts';
import type { ScrapeLine } from './observe/scrape-line.ts';
import { WorkerMetrics } from './observe/worker-metrics.ts';
import { AsyncDbPool } from './pool/async-db-pool.ts';
import type { ConnectionBudget } from './pool/connection-budget.ts';
import type { SessionSettings } from './pool/session.ts';
import { AsyncQueueManager } from './queue/async-queue-manager.ts';
import { Consumption } from './queue/consumption.ts';
import { PartitionDirectory } from './queue/partition-directory.ts';
import { PayloadCipher } from './queue/payload-cipher.ts';
import { TransactionSlots } from './queue/transaction-slots.ts';
import { Transactions } from './queue/transactions.ts';
import { UuidV7Generator } from './queue/uuid-v7.ts';
import type { WakeLine } from './wake/wake-line.ts';

/** Pops for waiting consumers that one worker runs at once. */
const MAX_WAITING_POPS = 4;

/** What connects a worker with the others, through the primary. */
export interface WorkerLines {
  readonly line: WakeLine;
  readonly scrapes: ScrapeLine;
}

/** A worker that serves; `stop` finishes the requests under way and gives everything back. */
export interface RunningWorker {
  readonly port: number;
  stop(): Promise<void>;
}

/**
 * Starts one worker: its share of the connections, its queue manager, its HTTP server. Resolves when all connections
 * are open and the port answers.
 *
 * @throws when the connections cannot be opened in time or the port is taken.
 */
export async function startWorker(
  config: ServerConfig,
  budget: ConnectionBudget,
  worker: number,
  { line, scrapes }: WorkerLines,
  log: Logger,
): Promise<RunningWorker> {
  const pool = new AsyncDbPool({
    address: config.database,
    settings: sessionSettings(config, 'async', worker),
    size: budget.async,
    acquireTimeoutMs: config.acquireTimeoutMs,
    log,
    random: Math.random,
  });
  const ids = new UuidV7Generator(Date.now);
  const cipher = config.encryptionKey === undefined ? undefined : new PayloadCipher(config.encryptionKey);
  const consumption = new Consumption({
    pool,
    cipher,
    ids,
    line,
    maxWaiters: config.maxWaiters,
    // As for pushes: something stays free.
    maxWaitingPops: Math.max(1, Math.min(MAX_WAITING_POPS, budget.async - 1)),
    log,
  });
  const directory = new PartitionDirectory(pool);
  // One connection stays free for /health, consumers and look-ups, should every push wait for a lock.
  const slots = new TransactionSlots(Math.max(1, Math.min(config.pushTransactions, budget.async - 1)));
  const manager = new AsyncQueueManager({
    pool,
    directory,
    slots,
    cipher,
    ids,
    batchLimits: config.batchLimits,
    outageTimeoutMs: config.acquireTimeoutMs,
    line,
    log,
  });
  // One after the other: threads that start take all the CPU, and connections being opened would run into their time-out.
  await within(config.startupTimeoutMs, pool.ready());
  const legacy = await startLegacy(config, budget, worker);
  const activity = new Activity();
  const metrics = new WorkerMetrics({ worker, pool, consumption, activity });
  scrapes.answerWith(() => metrics.report());
  const app = createApp({
    manager,
    consumption,
    transactions: new Transactions({ pool, ids, directory, slots, cipher, line, log }),
    waitLimits: config.waitLimits,
    pool,
    legacy,
    log,
    worker,
    maxBodyBytes: config.maxBodyBytes,
    cipher,
    activity,
    metrics,
    scrapes,
    bearerToken: config.bearerToken,
    corsAllowOrigin: config.corsAllowOrigin,
  });
  await app.listen({ host: config.host, port: config.port });
  const address = app.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : config.port;
  const observer = observeWorker({ pool, activity, metrics, name: { hostname: hostname(), port, worker }, log });
  const jobs = startJobs({ pool, line, config: config.jobs, worker, log });
  return {
    port,
    stop: async () => {
      await consumption.close();
      await jobs.stop();
      await app.close();
      await observer.stop();
      scrapes.answerWith(undefined);
      metrics.close();
      await legacy?.[Symbol.asyncDispose]();
      await pool.close(config.shutdownTimeoutMs);
    },
  };
}

/** The thread-pool route; undefined when the async pool has all connections. */
async function startLegacy(
  config: ServerConfig,
  budget: ConnectionBudget,
  worker: number,
): Promise<LegacyThreadPool | undefined> {
  if (budget.regular === 0) return undefined;
  const threads = new LegacyThreadPool(budget.regular, {
    address: config.database,
    settings: sessionSettings(config, 'regular', worker),
    acquireTimeoutMs: config.acquireTimeoutMs,
    batchLimits: config.batchLimits,
    encryptionKey: config.encryptionKey,
    logLevel: config.logLevel,
    worker,
  });
  await within(config.startupTimeoutMs, threads.ready());
  return threads;
}

function sessionSettings(config: ServerConfig, pool: 'async' | 'regular', worker: number): SessionSettings {
  return {
    applicationName: `queueproof/${pool}/${worker}`,
    schema: config.schema,
    statementTimeoutMs: config.statementTimeoutMs,
    lockTimeoutMs: config.lockTimeoutMs,
    idleInTransactionTimeoutMs: config.idleInTransactionTimeoutMs,
  };
}

/** Connections that do not open in time end the start; the primary decides what comes of it. */
async function within(timeoutMs: number, opening: Promise<void>): Promise<void> {
  const bound = new AbortController();
  const expired = delay(timeoutMs, undefined, { signal: bound.signal }).then(() => {
    throw new DatabaseUnavailableError(`The database connections were not open within ${timeoutMs} ms.`);
  });
  // The loser of the race is not an error of its own.
  expired.catch(() => undefined);
  try {
    await Promise.race([opening, expired]);
  } finally {
    bound.abort();
  }
}
