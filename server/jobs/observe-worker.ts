import type { Logger } from '../log.ts';
import type { Activity, ActivityCounts } from '../observe/activity.ts';
import type { WorkerMetrics } from '../observe/worker-metrics.ts';
import type { AsyncDbPool } from '../pool/async-db-pool.ts';
import { addActivityStatement } from '../sql/activity.ts';
import { addSystemSampleStatement, type WorkerName } from '../sql/system-samples.ts';
import { PeriodicJob } from './periodic-job.ts';

export interface ObserverParts {
  readonly pool: AsyncDbPool;
  readonly activity: Activity;
  readonly metrics: WorkerMetrics;
  readonly name: WorkerName;
  readonly log: Logger;
}

/** What was done is in `/api/v1/status` after this time at the latest. */
const ACTIVITY_INTERVAL_MS = 2_000;
const SAMPLE_INTERVAL_MS = 60_000;
/** A stopping worker does not wait longer for a connection to write down its last moments. */
const LAST_RECORD_TIMEOUT_MS = 1_000;

/**
 * Records in the database what a worker does and how it is. Two small statements now and then: counting itself is done in
 * memory, so pushes and acks pay nothing for it.
 */
export function observeWorker({ pool, activity, metrics, name, log }: ObserverParts): { stop(): Promise<void> } {
  const recorder = new ActivityRecorder(pool, activity);
  const job = new PeriodicJob({
    name: 'activity',
    intervalMs: ACTIVITY_INTERVAL_MS,
    run: (signal) => recorder.record({ signal }),
    log,
  });
  const sampler = new PeriodicJob({
    name: 'system sample',
    intervalMs: SAMPLE_INTERVAL_MS,
    run: async (signal) => {
      await pool.query(addSystemSampleStatement(name, metrics.sample()), { signal });
    },
    log,
  });
  return {
    stop: async () => {
      await Promise.all([job.stop(), sampler.stop()]);
      try {
        await recorder.record({ timeoutMs: LAST_RECORD_TIMEOUT_MS });
      } catch (err) {
        log.warn({ err }, 'could not record the last activity');
      }
    },
  };
}

/** Adds what was done since the last time to the record of the minute. */
class ActivityRecorder {
  readonly #pool: AsyncDbPool;
  readonly #activity: Activity;
  #recorded: ActivityCounts;

  constructor(pool: AsyncDbPool, activity: Activity) {
    this.#pool = pool;
    this.#activity = activity;
    this.#recorded = activity.counts();
  }

  /** Costs nothing when nothing was done. What a statement without an answer may have added is added once more. */
  async record(limits: { readonly signal?: AbortSignal; readonly timeoutMs?: number }): Promise<void> {
    const counts = this.#activity.counts();
    const before = this.#recorded;
    const added = {
      pushed: counts.pushed - before.pushed,
      popped: counts.popped - before.popped,
      completed: counts.completed - before.completed,
      failed: counts.failed - before.failed,
      deadLettered: counts.deadLettered - before.deadLettered,
    };
    if (Object.values(added).every((count) => count === 0)) return;
    await this.#pool.query(addActivityStatement(added), limits);
    this.#recorded = counts;
  }
}
