import { Client } from 'undici';
import type { Missing } from '../history/evidence.ts';
import type { SystemMetric, SystemReading } from '../measure/system-samples.ts';
import { type MetricValue, readMetrics } from './prometheus-text.ts';
import { MAX_REPLY_BYTES } from './reply-limit.ts';

const PATH = '/metrics/prometheus';

/** The server gives a worker that is busy a second to answer for itself; then it answers for the others. */
const ANSWER_LIMIT_MS = 2_500;

/** A server with more than a hundred workers; a foreign one may answer anything. */
const MOST_VALUES = 1_000;

const MS_PER_S = 1000;

/** Told by every worker for itself. */
const OF_WORKERS: Readonly<Record<string, { readonly metric: SystemMetric; readonly factor: number }>> = {
  queueproof_event_loop_utilization: { metric: 'eventLoopUtilization', factor: 1 },
  queueproof_event_loop_delay_max_seconds: { metric: 'eventLoopDelayMs', factor: MS_PER_S },
};

/** Shown as the sum over the workers. */
const OF_POOL: Readonly<Record<string, SystemMetric>> = {
  queueproof_pool_connections: 'poolSize',
  queueproof_pool_connections_in_use: 'poolInUse',
  queueproof_pool_idle_connections: 'poolIdle',
  queueproof_pool_waiting_requests: 'poolWaiting',
};

const WANTED = new Set([...Object.keys(OF_WORKERS), ...Object.keys(OF_POOL)]);

/** Asks a server for its own metrics, on a connection that stays open. Disposing it closes that. */
export class MetricsScraper implements AsyncDisposable {
  readonly #client: Client;
  #mostWorkers = 0;

  constructor(baseUrl: string) {
    this.#client = new Client(baseUrl, { maxResponseSize: MAX_REPLY_BYTES, connectTimeout: ANSWER_LIMIT_MS });
  }

  /**
   * What the server says of its event loops and its pool; Missing when it is one that does not tell. Throws an Error when
   * it does not answer in time or answers nonsense, and the signal's reason on abort.
   */
  async scrape(signal: AbortSignal): Promise<readonly SystemReading[] | Missing> {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_LIMIT_MS)]);
    const { statusCode, body } = await this.#client.request({ method: 'GET', path: PATH, signal: limit });
    const text = await body.text();
    if (statusCode >= 500) throw new Error(`GET ${PATH} was answered with HTTP ${statusCode}`);
    if (statusCode !== 200) return { missing: `GET ${PATH} was answered with HTTP ${statusCode}` };
    const values = readMetrics(text, WANTED);
    if (values.length > MOST_VALUES)
      return { missing: `GET ${PATH} tells ${values.length} values: no server is that large` };
    if (values.length === 0) return { missing: `GET ${PATH} tells nothing of event loops and of a pool` };
    return [...values.flatMap(workerReading), ...this.#poolReadings(values)];
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#client.destroy();
  }

  /** None when a worker did not answer: the sum over the others would look like a smaller pool. */
  #poolReadings(values: readonly MetricValue[]): readonly SystemReading[] {
    const workers = new Set(values.map(({ labels }) => labels.worker)).size;
    this.#mostWorkers = Math.max(this.#mostWorkers, workers);
    if (workers < this.#mostWorkers) return [];
    return Object.entries(OF_POOL).flatMap(([name, metric]) => {
      const parts = values.filter((value) => value.name === name);
      const value = parts.reduce((sum, part) => sum + part.value, 0);
      return parts.length === 0 ? [] : [{ metric, of: 'server', value }];
    });
  }
}

function workerReading({ name, labels, value }: MetricValue): readonly SystemReading[] {
  const known = OF_WORKERS[name];
  if (known === undefined || labels.worker === undefined) return [];
  return [{ metric: known.metric, of: `worker ${labels.worker}`, value: value * known.factor }];
}
