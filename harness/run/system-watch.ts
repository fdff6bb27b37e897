import { setTimeout as sleep } from 'node:timers/promises';
import { isMissing } from '../history/evidence.ts';
import { monotonicUs } from '../measure/monotonic-clock.ts';
import { SystemRecorder, type SystemSamples } from '../measure/system-samples.ts';
import { type Vitals, VitalsMeter, vitalReadings } from '../measure/vitals.ts';
import { MetricsScraper } from '../target/metrics-scraper.ts';
import { ProcessSampler, type WatchedProcesses } from '../target/process-sampler.ts';
import { attempt } from './attempt.ts';

/** What was seen of the system, and what could not be seen, in a sentence each. */
export interface SystemSight {
  readonly samples: readonly SystemSamples[];
  readonly absent: readonly string[];
}

const METRICS = "the server's metrics";

/** A scrape of two workers took 4.6 ms of the server's CPU while thirty processes wanted the two cores: 0.9 % of a core. */
const SCRAPE_INTERVAL_MS = 500;

/** A look took 6 to 15 ms of this process's CPU on a machine with 240 processes. */
const PROCESS_INTERVAL_MS = 1000;

const HARNESS_INTERVAL_MS = 500;

/**
 * Watches a system while it is loaded: asks the server for its metrics, looks at its processes and at those of PostgreSQL,
 * and takes what the load generator, the consumers and this process say of themselves. What does not answer leaves a gap:
 * nothing here makes a run fail. Disposing it ends the watching.
 */
export class SystemWatch implements AsyncDisposable {
  readonly #stopping = new AbortController();
  readonly #scraper: MetricsScraper;
  readonly #processes: ProcessSampler;
  readonly #meter = new VitalsMeter();
  readonly #recorders = new Map<string, SystemRecorder>();
  /** Why there is nothing, by what there is nothing of. */
  readonly #absent = new Map<string, string>();
  readonly #finished: Promise<unknown>;
  #hasMetrics = false;

  constructor(baseUrl: string, watched: WatchedProcesses) {
    this.#scraper = new MetricsScraper(baseUrl);
    this.#processes = new ProcessSampler(watched);
    if (watched.server === undefined) this.#absent.set('processes of the server', 'the server was not started here');
    if (watched.postgresPid() === undefined) {
      this.#absent.set('processes of PostgreSQL', 'they are not on this machine or not ours');
    }
    this.#finished = Promise.all([
      this.#repeat(SCRAPE_INTERVAL_MS, () => this.#scrape()),
      this.#repeat(PROCESS_INTERVAL_MS, () => this.#look()),
      this.#repeat(HARNESS_INTERVAL_MS, () => this.take('harness', this.#meter.read())),
    ]);
  }

  /** What one of our processes, `load generator`, `consumers` or `harness`, says of itself. */
  take(of: string, vitals: Vitals): void {
    this.#recorder(of).add(vitals.atUs, vitalReadings(of, vitals));
  }

  /** Ends the watching; never rejects. */
  async stop(): Promise<SystemSight> {
    this.#stopping.abort();
    await this.#finished;
    this.#meter[Symbol.dispose]();
    await this.#scraper[Symbol.asyncDispose]();
    return {
      samples: [...this.#recorders.values()].map((recorder) => recorder.samples()),
      absent: [...this.#absent].map(([source, reason]) => `${source}: ${reason}`),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #recorder(source: string): SystemRecorder {
    const recorder = this.#recorders.get(source) ?? new SystemRecorder(source);
    this.#recorders.set(source, recorder);
    return recorder;
  }

  /** A server that is down, or too busy to answer, leaves a gap; the checks judge what its clients saw of that. */
  async #scrape(): Promise<void> {
    const { signal } = this.#stopping;
    const readings = await attempt(() => this.#scraper.scrape(signal));
    if (signal.aborted) return;
    const recorder = this.#recorder('server');
    if (isMissing(readings)) {
      recorder.add(monotonicUs(), []);
      if (!this.#hasMetrics) this.#absent.set(METRICS, readings.missing);
    } else {
      recorder.add(monotonicUs(), readings);
      this.#hasMetrics = true;
      this.#absent.delete(METRICS);
    }
  }

  #look(): void {
    if (process.platform !== 'linux') {
      this.#absent.set('processes', `${process.platform} has no /proc to look at processes in`);
      return;
    }
    const atUs = monotonicUs();
    try {
      this.#recorder('processes').add(atUs, this.#processes.look(atUs));
    } catch (error) {
      this.#absent.set('processes', `they could not be looked at: ${error instanceof Error ? error.message : error}`);
    }
  }

  /** From start to start; a look that takes longer delays the next. */
  async #repeat(intervalMs: number, look: () => Promise<void> | void): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const startedMs = performance.now();
      await look();
      const restMs = intervalMs - (performance.now() - startedMs);
      // Cut short by stop().
      await sleep(Math.max(restMs, 0), undefined, { signal }).catch(() => undefined);
    }
  }
}
