import type { MetricObjectWithValues, MetricValue } from 'prom-client';

/** How one worker is: what `/metrics` adds up over the workers. */
export interface WorkerReport {
  readonly worker: number;
  readonly uptimeS: number;
  readonly requests: Rated;
  /** Pushed and popped. */
  readonly messages: Rated;
  readonly database: { readonly poolSize: number; readonly idleConnections: number; readonly waitingRequests: number };
  /** Bytes. */
  readonly memory: {
    readonly rss: number;
    readonly heapTotal: number;
    readonly heapUsed: number;
    readonly external: number;
    readonly arrayBuffers: number;
  };
  /** Microseconds since the worker's start. */
  readonly cpu: { readonly user: number; readonly system: number };
  /** Every metric with a label for the worker, as prom-client merges them. */
  readonly series: readonly MetricObjectWithValues<MetricValue<string>>[];
}

interface Rated {
  readonly total: number;
  /** A second. */
  readonly rate: number;
}

/** The JSON of `/metrics`, of all workers that answered: sums, and the uptime of the oldest. */
export function sumReports(reports: readonly WorkerReport[]): object {
  const sum = (read: (report: WorkerReport) => number): number =>
    reports.reduce((total, report) => total + read(report), 0);
  const round = (rate: number): number => Math.round(rate * 100) / 100;
  return {
    uptime: Math.max(...reports.map(({ uptimeS }) => uptimeS)),
    requests: { total: sum(({ requests }) => requests.total), rate: round(sum(({ requests }) => requests.rate)) },
    messages: { total: sum(({ messages }) => messages.total), rate: round(sum(({ messages }) => messages.rate)) },
    database: {
      poolSize: sum(({ database }) => database.poolSize),
      idleConnections: sum(({ database }) => database.idleConnections),
      waitingRequests: sum(({ database }) => database.waitingRequests),
    },
    memory: {
      rss: sum(({ memory }) => memory.rss),
      heapTotal: sum(({ memory }) => memory.heapTotal),
      heapUsed: sum(({ memory }) => memory.heapUsed),
      external: sum(({ memory }) => memory.external),
      arrayBuffers: sum(({ memory }) => memory.arrayBuffers),
    },
    cpu: { user: sum(({ cpu }) => cpu.user), system: sum(({ cpu }) => cpu.system) },
    workers: reports.map(({ worker }) => worker).sort((a, b) => a - b),
  };
}
