import { plainRequest } from './plain-request.ts';
import { readMetrics } from './prometheus-text.ts';

/** What one worker of the server has counted since its start. */
export interface WorkerCounters {
  /** Its event loop was not idle. */
  readonly loopActiveS: number;
  /** Callers waited for a connection of its async pool, all of them together. */
  readonly poolWaitS: number;
  /** On the heap of its main thread. */
  readonly allocatedBytes: number;
}

/** Of all workers at one moment, by the worker's number. */
export interface WorkersReading {
  readonly atMs: number;
  readonly byWorker: ReadonlyMap<string, WorkerCounters>;
}

/** What the workers did between two readings. */
export interface WorkersSpent {
  readonly elapsedMs: number;
  /** Share of the time the event loop of the busiest worker was not idle, 0…1. */
  readonly busiestLoop: number;
  /** Of all workers together. */
  readonly poolWaitUs: number;
  readonly allocatedBytes: number;
}

const PATH = '/metrics/prometheus';

const SERIES: Readonly<Record<keyof WorkerCounters, string>> = {
  loopActiveS: 'queueproof_event_loop_active_seconds_total',
  poolWaitS: 'queueproof_pool_acquire_wait_seconds_total',
  allocatedBytes: 'queueproof_allocated_bytes_total',
};

/** Asks the server. Throws an Error when it does not answer, or does not say what is asked for. */
export async function readWorkerCounters(baseUrl: string): Promise<WorkersReading> {
  const atMs = performance.now();
  const { httpStatus, body } = await plainRequest(baseUrl, { method: 'GET', path: PATH });
  const byWorker = httpStatus === 200 ? workerCountersIn(body) : new Map<string, WorkerCounters>();
  if (byWorker.size > 0) return { atMs, byWorker };
  throw new Error(`GET ${PATH} was answered with HTTP ${httpStatus} and no counters of workers`);
}

/**
 * The counters in a page of Prometheus text; a worker of whom one is missing is left out. Throws an Error for a line that
 * cannot be read.
 */
export function workerCountersIn(text: string): ReadonlyMap<string, WorkerCounters> {
  const values = readMetrics(text, new Set(Object.values(SERIES)));
  const byWorker = Map.groupBy(values, ({ labels }) => labels.worker ?? '');
  return new Map(
    [...byWorker].flatMap(([worker, own]) => {
      const counterOf = (counter: keyof WorkerCounters) => own.find(({ name }) => name === SERIES[counter])?.value;
      const loopActiveS = counterOf('loopActiveS');
      const poolWaitS = counterOf('poolWaitS');
      const allocatedBytes = counterOf('allocatedBytes');
      const isWhole = loopActiveS !== undefined && poolWaitS !== undefined && allocatedBytes !== undefined;
      return isWhole ? [[worker, { loopActiveS, poolWaitS, allocatedBytes }]] : [];
    }),
  );
}

/**
 * What was spent between two readings; undefined when they are not of the same workers (one did not answer in time or was
 * replaced): a sum over some of them would be a guess.
 */
export function workersBetween(before: WorkersReading, after: WorkersReading): WorkersSpent | undefined {
  const elapsedMs = after.atMs - before.atMs;
  const elapsedS = elapsedMs / 1000;
  if (after.byWorker.size !== before.byWorker.size || elapsedS <= 0) return undefined;
  const grown: WorkerCounters[] = [];
  for (const [worker, now] of after.byWorker) {
    const then = before.byWorker.get(worker);
    if (then === undefined || now.loopActiveS < then.loopActiveS) return undefined;
    grown.push({
      loopActiveS: now.loopActiveS - then.loopActiveS,
      poolWaitS: now.poolWaitS - then.poolWaitS,
      allocatedBytes: now.allocatedBytes - then.allocatedBytes,
    });
  }
  const total = (counter: keyof WorkerCounters) => grown.reduce((sum, worker) => sum + worker[counter], 0);
  return {
    elapsedMs,
    busiestLoop: Math.min(1, Math.max(...grown.map(({ loopActiveS }) => loopActiveS / elapsedS))),
    poolWaitUs: total('poolWaitS') * 1e6,
    allocatedBytes: total('allocatedBytes'),
  };
}
