import { performance } from 'node:perf_hooks';
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { PoolStatistics } from '../pool/pool-statistics.ts';
import type { Activity, ActivityCounts } from './activity.ts';
import { AllocationMeter } from './allocation-meter.ts';
import { EventLoopDelay } from './event-loop-delay.ts';
import { RateMeter } from './rate-meter.ts';
import type { WorkerReport } from './worker-report.ts';

export interface WorkerMetricsParts {
  readonly worker: number;
  readonly pool: { statistics(): PoolStatistics };
  readonly consumption: { readonly waitingConsumers: number };
  readonly activity: Activity;
}

/** The event loop's delay is sampled so often; 50 ms costs an idle worker nothing that could be measured. */
const DELAY_RESOLUTION_MS = 50;
const MARK_INTERVAL_MS = 5_000;

const MESSAGE_OUTCOMES: Readonly<Record<keyof ActivityCounts, string>> = Object.freeze({
  pushed: 'pushed',
  duplicate: 'push_duplicate',
  refused: 'push_failed',
  popped: 'popped',
  completed: 'acked',
  failed: 'failed_retry',
  deadLettered: 'dead_lettered',
  invalidAcks: 'ack_refused',
});

/** Everything one worker can say of itself, as {@link WorkerReport}. */
export class WorkerMetrics {
  readonly #parts: WorkerMetricsParts;
  readonly #registry = new Registry();
  readonly #requestsByRoute: Counter<'method' | 'route' | 'status'>;
  readonly #requestMeter = new RateMeter(performance.now());
  readonly #messageMeter = new RateMeter(performance.now());
  readonly #allocations = new AllocationMeter();
  readonly #marks: NodeJS.Timeout;
  readonly #eventLoopDelay = new EventLoopDelay();
  #requests = 0;

  constructor(parts: WorkerMetricsParts) {
    this.#parts = parts;
    this.#registry.setDefaultLabels({ worker: String(parts.worker) });
    collectDefaultMetrics({ register: this.#registry, eventLoopMonitoringPrecision: DELAY_RESOLUTION_MS });
    this.#requestsByRoute = new Counter({
      name: 'queueproof_http_requests_total',
      help: 'Requests answered, by route and status.',
      labelNames: ['method', 'route', 'status'],
      registers: [this.#registry],
    });
    this.#observePool();
    this.#observeMessages();
    this.#observeEventLoop();
    this.#counter(
      'queueproof_allocated_bytes_total',
      'Bytes allocated on the heap of the worker; those of its threads are not in it.',
      () => this.#allocations.read(),
    );
    this.#marks = setInterval(() => this.#mark(), MARK_INTERVAL_MS).unref();
  }

  /** A request was answered; `route` is its pattern, so that there are as many series as routes. */
  recordRequest(method: string, route: string, status: number): void {
    this.#requests += 1;
    this.#requestsByRoute.inc({ method, route, status });
  }

  async report(): Promise<WorkerReport> {
    const { worker, pool } = this.#parts;
    const { size, idle, waiting } = pool.statistics();
    const now = performance.now();
    return {
      worker,
      uptimeS: Math.round(process.uptime() * 10) / 10,
      requests: { total: this.#requests, rate: this.#requestMeter.perSecond(now, this.#requests) },
      messages: { total: this.#messages(), rate: this.#messageMeter.perSecond(now, this.#messages()) },
      database: { poolSize: size, idleConnections: idle, waitingRequests: waiting },
      memory: process.memoryUsage(),
      cpu: process.cpuUsage(),
      series: await this.#registry.getMetricsAsJSON(),
    };
  }

  /** A part of the report that is kept in the database, minute by minute. */
  sample(): object {
    const { size, idle, inUse, waiting } = this.#parts.pool.statistics();
    const { user, system } = process.cpuUsage();
    return {
      cpu: { user_us: user, system_us: system },
      memory: process.memoryUsage(),
      database: { pool_size: size, pool_idle: idle, pool_active: inUse, pool_waiting: waiting },
      consumers: { waiting: this.#parts.consumption.waitingConsumers },
      requests: { total: this.#requests },
      messages: this.#parts.activity.counts(),
      uptime_seconds: Math.round(process.uptime()),
    };
  }

  close(): void {
    clearInterval(this.#marks);
    this.#eventLoopDelay[Symbol.dispose]();
    this.#allocations.close();
    this.#registry.clear();
  }

  #messages(): number {
    const { pushed, popped } = this.#parts.activity.counts();
    return pushed + popped;
  }

  #mark(): void {
    const now = performance.now();
    this.#requestMeter.mark(now, this.#requests);
    this.#messageMeter.mark(now, this.#messages());
    this.#allocations.read();
  }

  #observePool(): void {
    const { pool, consumption } = this.#parts;
    const observe = (name: string, help: string, read: (statistics: PoolStatistics) => number): void =>
      this.#gauge(`queueproof_pool_${name}`, help, () => read(pool.statistics()));
    observe('connections', 'Connections of the async pool.', ({ size }) => size);
    observe('idle_connections', 'Connections nobody uses.', ({ idle }) => idle);
    observe('connections_in_use', 'Connections lent out.', ({ inUse }) => inUse);
    observe('waiting_requests', 'Callers that wait for a connection.', ({ waiting }) => waiting);
    this.#counter(
      'queueproof_pool_opened_total',
      'Connections opened, replacements included.',
      () => pool.statistics().opened,
    );
    this.#counter(
      'queueproof_pool_drained_total',
      'Releases with results on their way.',
      () => pool.statistics().drained,
    );
    this.#counter(
      'queueproof_pool_rolled_back_total',
      'Releases inside a transaction.',
      () => pool.statistics().rolledBack,
    );
    this.#counter('queueproof_pool_discarded_total', 'Connections thrown away.', () => pool.statistics().discarded);
    this.#counter(
      'queueproof_pool_acquire_wait_seconds_total',
      'Time callers spent waiting for a connection, all of them together.',
      () => pool.statistics().acquireWaitUs.sum / 1e6,
    );
    this.#gauge(
      'queueproof_waiting_consumers',
      'Consumers that wait for messages.',
      () => consumption.waitingConsumers,
    );
    new Gauge({
      name: 'queueproof_pool_acquire_wait_seconds',
      help: 'Wait for a connection since the start of the worker.',
      labelNames: ['quantile'],
      registers: [this.#registry],
      collect() {
        const { p50, p99, max } = pool.statistics().acquireWaitUs;
        this.set({ quantile: '0.5' }, p50 / 1e6);
        this.set({ quantile: '0.99' }, p99 / 1e6);
        this.set({ quantile: '1' }, max / 1e6);
      },
    });
  }

  #observeMessages(): void {
    const { activity } = this.#parts;
    new Counter({
      name: 'queueproof_messages_total',
      help: 'Messages, by what the replies said of them.',
      labelNames: ['outcome'],
      registers: [this.#registry],
      collect() {
        this.reset();
        for (const [name, count] of Object.entries(activity.counts())) {
          this.inc({ outcome: MESSAGE_OUTCOMES[name as keyof ActivityCounts] }, count);
        }
      },
    });
  }

  #observeEventLoop(): void {
    // The share below depends on who scraped last; from this one every reader can take a share of his own.
    this.#counter(
      'queueproof_event_loop_active_seconds_total',
      'Time the event loop was not idle.',
      () => performance.eventLoopUtilization().active / 1e3,
    );
    let before = performance.eventLoopUtilization();
    this.#gauge(
      'queueproof_event_loop_utilization',
      'Share of the time since the last scrape that was not idle.',
      () => {
        const now = performance.eventLoopUtilization();
        const { utilization } = performance.eventLoopUtilization(now, before);
        before = now;
        return utilization;
      },
    );
    this.#gauge(
      'queueproof_event_loop_delay_max_seconds',
      'Longest delay of the event loop since the last scrape.',
      () => this.#eventLoopDelay.takeLongestMs() / 1000,
    );
  }

  #gauge(name: string, help: string, read: () => number): void {
    new Gauge({
      name,
      help,
      registers: [this.#registry],
      collect() {
        this.set(read());
      },
    });
  }

  /** A counter that is kept elsewhere. */
  #counter(name: string, help: string, read: () => number): void {
    new Counter({
      name,
      help,
      registers: [this.#registry],
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  }
}
