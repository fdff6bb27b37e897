import { once } from 'node:events';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { BufferLine, WorkerDuties } from './buffer/buffer-line.ts';
import { DatabaseLook } from './buffer/database-look.ts';
import { PushFailover } from './buffer/push-failover.ts';
import { replayRecords } from './buffer/replay.ts';
import type { ServerConfig } from './config.ts';
import { DatabaseUnavailableError } from './database-check.ts';
import { createApp } from './http/app.ts';
import { observeWorker } from './jobs/observe-worker.ts';
import { startJobs } from './jobs/worker-jobs.ts';
import { LegacyThreads } from './legacy/legacy-threads.ts';
import type { Logger } from './log.ts';
import { Activity } from './observe/activity.ts';
import type { ScrapeLine } from './observe/scrape-line.ts';
import { WorkerMetrics } from './observe/worker-metrics.ts';
import { AsyncDbPool } from './pool/async-db-pool.ts';
import type { ConnectionBudget } from './pool/connection-budget.ts';
import { sessionSettings } from './pool/session-settings.ts';
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

/** A worker that serves; `stop` finishes the requests under way and gives everything back. */
export interface RunningWorker {
  readonly port: number;
  stop(): Promise<void>;
}

/** What joins a worker to the primary. */
export interface PrimaryLines {
  readonly wake: WakeLine;
  readonly scrapes: ScrapeLine;
  /** Makes the line to the buffer; called once. */
  connectBuffer(duties: WorkerDuties): BufferLine;
}

/**
 * Starts one worker: its share of the connections, its queue manager, its HTTP server. Resolves when all connections
 * are open and the port answers; while PostgreSQL is away the port opens without them, for the buffer takes pushes.
 *
 * @throws when the connections cannot be opened in time or the port is taken.
 */
export async function startWorker(
  config: ServerConfig,
  budget: ConnectionBudget,
  worker: number,
  lines: PrimaryLines,
  log: Logger,
): Promise<RunningWorker> {
  const opened = Promise.withResolvers<void>();
  const legacy = new LegacyThreads(config, budget.regular, worker);
  const pool = new AsyncDbPool({
    address: config.database,
    settings: sessionSettings(config, 'async', worker),
    size: budget.async,
    acquireTimeoutMs: config.acquireTimeoutMs,
    log,
    random: Math.random,
    openAfter: opened.promise,
    onOutage: (isOut) => legacy.tell(isOut ? 'away' : 'back'),
    onCut: () => legacy.tell('cut'),
  });
  const queues = createQueues({ config, budget, pool, lines, log, openDatabase: opened.resolve });
  const { databasePrepared } = await queues.buffer.join();
  if (databasePrepared) opened.resolve();
  // One after the other: threads that start take all the CPU, and connections being opened would run into their time-out.
  const ready = pool.ready().then(() => legacy.start(pool));
  ready.catch(() => undefined);
  const away = databasePrepared ? untilAway(pool, opened.promise) : Promise.resolve();
  await within(config.startupTimeoutMs, Promise.race([ready, away]));
  const activity = new Activity();
  const metrics = new WorkerMetrics({ worker, pool, consumption: queues.consumption, activity });
  lines.scrapes.answerWith(() => metrics.report());
  const { waitLimits, maxBodyBytes, bearerToken, corsAllowOrigin } = config;
  const limits = { waitLimits, maxBodyBytes, bearerToken, corsAllowOrigin };
  const app = createApp({ ...queues, ...limits, pool, legacy, activity, metrics, scrapes: lines.scrapes, log, worker });
  await app.listen({ host: config.host, port: config.port });
  const address = app.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : config.port;
  const observer = observeWorker({ pool, activity, metrics, name: { hostname: hostname(), port, worker }, log });
  const jobs = startJobs({ pool, line: lines.wake, config: config.jobs, worker, log });
  return {
    port,
    stop: async () => {
      await queues.consumption.close();
      await jobs.stop();
      await app.close();
      await observer.stop();
      lines.scrapes.answerWith(undefined);
      metrics.close();
      await legacy[Symbol.asyncDispose]();
      await pool.close(config.shutdownTimeoutMs);
    },
  };
}

interface QueueParts {
  readonly config: ServerConfig;
  readonly budget: ConnectionBudget;
  readonly pool: AsyncDbPool;
  readonly lines: PrimaryLines;
  readonly log: Logger;
  /** The primary has seen PostgreSQL. */
  readonly openDatabase: () => void;
}

/** Everything that pushes, pops and settles in one worker. */
function createQueues({ config, budget, pool, lines, log, openDatabase }: QueueParts) {
  const line = lines.wake;
  const cipher = config.encryptionKey === undefined ? undefined : new PayloadCipher(config.encryptionKey);
  const look = new DatabaseLook(pool);
  const buffer = lines.connectBuffer({
    replay: (records) => replayRecords(records, manager, cipher),
    lookAtDatabase: ({ fingerprint }) => look.look(fingerprint),
    openDatabase: async () => openDatabase(),
  });
  const ids = new UuidV7Generator(Date.now);
  const lookUpQueues = (names: readonly string[]) => look.findQueues(names);
  const failover = new PushFailover({ line: buffer, ids, cipher, lookUpQueues });
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
    batchLimits: config.batchLimits,
    staleTimeoutMs: config.acquireTimeoutMs,
    failover,
    line,
    log,
  });
  const transactions = new Transactions({ pool, ids, directory, slots, cipher, line, log });
  return { manager, consumption, transactions, buffer, failover, cipher };
}

/** Resolves when the pool, which was open or is being opened, finds PostgreSQL away. */
async function untilAway(pool: AsyncDbPool, opened: Promise<void>): Promise<void> {
  await opened;
  const { outage } = pool;
  if (!outage.aborted) await once(outage, 'abort');
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
