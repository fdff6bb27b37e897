import type { ServerConfig } from '../config.ts';
import type { Logger } from '../log.ts';
import type { AsyncDbPool } from '../pool/async-db-pool.ts';
import type { WakeLine } from '../wake/wake-line.ts';
import { deleteOldRecords } from './delete-old-records.ts';
import { expireMessages } from './expire-messages.ts';
import { PeriodicJob } from './periodic-job.ts';
import { reclaimLeases } from './reclaim-leases.ts';

export interface JobParts {
  readonly pool: AsyncDbPool;
  readonly line: WakeLine;
  readonly config: ServerConfig['jobs'];
  /** Number of the worker. */
  readonly worker: number;
  readonly log: Logger;
}

/** The one worker of a server that keeps the database in order; should it die, its replacement has the same number. */
const JOB_WORKER = 1;

/** Starts what keeps the database in order. Of several servers one at a time does it, see {@link exclusiveTransaction}. */
export function startJobs({ pool, line, config, worker, log }: JobParts): { stop(): Promise<void> } {
  const jobs: readonly [string, number, (stopped: AbortSignal) => Promise<void>][] = [
    ['lease reclaim', config.leaseReclaimIntervalMs, (stopped) => reclaimLeases(pool, line, stopped)],
    [
      'retention',
      config.retentionIntervalMs,
      async (stopped) => {
        const aged = await expireMessages(pool, 'aged', config.retentionBatchSize, stopped);
        const completed = await expireMessages(pool, 'completed', config.retentionBatchSize, stopped);
        if (aged + completed > 0) log.info({ event: 'retention', aged, completed }, 'deleted messages');
        await deleteOldRecords(pool, config.metricsRetentionDays, stopped);
      },
    ],
    [
      'eviction',
      config.evictionIntervalMs,
      async (stopped) => {
        const evicted = await expireMessages(pool, 'unconsumed', config.evictionBatchSize, stopped);
        if (evicted > 0) log.info({ event: 'eviction', evicted }, 'deleted messages that waited too long');
      },
    ],
  ];
  const started =
    worker === JOB_WORKER ? jobs.map(([name, intervalMs, run]) => new PeriodicJob({ name, intervalMs, run, log })) : [];
  return {
    stop: async () => {
      await Promise.all(started.map((job) => job.stop()));
    },
  };
}
