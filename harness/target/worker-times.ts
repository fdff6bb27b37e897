import { plainRequest } from './plain-request.ts';

/** Where the time of one worker of the server went, in seconds since its start. */
export interface WorkerTimes {
  /** Its event loop was not idle. */
  readonly loopActiveS: number;
  /** Callers waited for a connection of its async pool, all of them together. */
  readonly poolWaitS: number;
}

/** Of all workers at one moment, by the worker's number. */
export interface WorkerTimesReading {
  readonly atMs: number;
  readonly byWorker: ReadonlyMap<string, WorkerTimes>;
}

/** What the workers did between two readings. */
export interface WorkersSpent {
  /** Share of the time the event loop of the busiest worker was not idle, 0…1. */
  readonly busiestLoop: number;
  /** Of all workers together. */
  readonly poolWaitUs: number;
}

const PATH = '/metrics/prometheus';
const SERIES =
  /^(queueproof_event_loop_active_seconds_total|queueproof_pool_acquire_wait_seconds_total)\{([^}]*)\} (\S+)$/;

/** Asks the server. Throws an Error when it does not answer, or does not say what is asked for. */
export async function readWorkerTimes(baseUrl: string): Promise<WorkerTimesReading> {
  const atMs = performance.now();
  const { httpStatus, body } = await plainRequest(baseUrl, { method: 'GET', path: PATH });
  const byWorker = httpStatus === 200 ? workerTimesIn(body) : new Map<string, WorkerTimes>();
  if (byWorker.size > 0) return { atMs, byWorker };
  throw new Error(`GET ${PATH} was answered with HTTP ${httpStatus} and no times of workers`);
}

/** The times in a page of Prometheus text; a worker of whom one is missing is left out. */
export function workerTimesIn(text: string): ReadonlyMap<string, WorkerTimes> {
  const loops = new Map<string, number>();
  const waits = new Map<string, number>();
  for (const line of text.split('\n')) {
    const [, name, labels = '', value] = SERIES.exec(line) ?? [];
    const worker = /(?:^|,)worker="([^"]*)"/.exec(labels)?.[1];
    if (name === undefined || worker === undefined) continue;
    (name.includes('event_loop') ? loops : waits).set(worker, Number(value));
  }
  return new Map(
    [...loops].flatMap(([worker, loopActiveS]) => {
      const poolWaitS = waits.get(worker);
      return poolWaitS === undefined ? [] : [[worker, { loopActiveS, poolWaitS }]];
    }),
  );
}

/**
 * What was spent between two readings; undefined when they are not of the same workers (one did not answer in time or was
 * replaced): a sum over some of them would be a guess.
 */
export function workersBetween(before: WorkerTimesReading, after: WorkerTimesReading): WorkersSpent | undefined {
  const elapsedS = (after.atMs - before.atMs) / 1000;
  const workers = [...after.byWorker.keys()];
  const isSame = workers.length === before.byWorker.size && workers.every((worker) => before.byWorker.has(worker));
  if (!isSame || elapsedS <= 0) return undefined;
  const grown = (worker: string, time: keyof WorkerTimes) =>
    (after.byWorker.get(worker)?.[time] ?? 0) - (before.byWorker.get(worker)?.[time] ?? 0);
  if (workers.some((worker) => grown(worker, 'loopActiveS') < 0 || grown(worker, 'poolWaitS') < 0)) return undefined;
  return {
    busiestLoop: Math.min(1, Math.max(...workers.map((worker) => grown(worker, 'loopActiveS') / elapsedS))),
    poolWaitUs: workers.reduce((sum, worker) => sum + grown(worker, 'poolWaitS'), 0) * 1e6,
  };
}
