import { setTimeout as delay } from 'node:timers/promises';
import type { ServerConfig } from './config.ts';
import { DatabaseUnavailableError } from './database-check.ts';
import { createApp } from './http/app.ts';
import { LegacyThreadPool } from './legacy/legacy-thread-pool.ts';
import type { Logger } from './log.ts';
import { AsyncDbPool } from './pool/async-db-pool.ts';
import type { ConnectionBudget } from './pool/connection-budget.ts';
import type { SessionSettings } from './pool/session.ts';
import { AsyncQueueManager } from './queue/async-queue-manager.ts';
import { Consumption } from './queue/consumption.ts';
import { PayloadCipher } from './queue/payload-cipher.ts';
import { UuidV7Generator } from './queue/uuid-v7.ts';
import type { WakeLine } from './wake/wake-line.ts';

/** Pops for waiting consumers that one worker runs at once. */
const MAX_WAITING_POPS = 4;

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
  line: WakeLine,
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
  const consumption = new Consumption({
    pool,
    cipher: config.encryptionKey === undefined ? undefined : new PayloadCipher(config.encryptionKey),
    ids,
    line,
    maxWaiters: config.maxWaiters,
    // As for pushes: something stays free.
    maxWaitingPops: Math.max(1, Math.min(MAX_WAITING_POPS, budget.async - 1)),
    log,
  });
  const manager = new AsyncQueueManager({
    pool,
    ids,
    batchLimits: config.batchLimits,
    // One connection stays free for /health, consumers and look-ups, should every push wait for a lock.
    pushTransactions: Math.max(1, Math.min(config.pushTransactions, budget.async - 1)),
    outageTimeoutMs: config.acquireTimeoutMs,
    line,
    log,
  });
  // One after the other: threads that start take all the CPU, and connections being opened would run into their time-out.
  await within(config.startupTimeoutMs, pool.ready());
  const legacy =
    budget.regular === 0
      ? undefined
      : new LegacyThreadPool(budget.regular, {
          address: config.database,
          settings: sessionSettings(config, 'regular', worker),
          acquireTimeoutMs: config.acquireTimeoutMs,
          batchLimits: config.batchLimits,
          logLevel: config.logLevel,
          worker,
        });
  if (legacy !== undefined) await within(config.startupTimeoutMs, legacy.ready());
  const app = createApp({
    manager,
    consumption,
    waitLimits: config.waitLimits,
    pool,
    legacy,
    log,
    worker,
    maxBodyBytes: config.maxBodyBytes,
  });
  await app.listen({ host: config.host, port: config.port });
  const address = app.server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : config.port,
    stop: async () => {
      await consumption.close();
      await app.close();
      await legacy?.[Symbol.asyncDispose]();
      await pool.close(config.shutdownTimeoutMs);
    },
  };
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
