import { readdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Missing } from '../history/evidence.ts';
import type { IdleReading, ResourceSample, ResourceSamples } from '../history/resource-samples.ts';
import { monotonicUs } from '../measure/monotonic-clock.ts';
import { readProcessStatus } from '../measure/process-status.ts';
import { readProcessTable } from '../measure/process-table.ts';
import { processTree } from '../measure/process-tree.ts';

/** A look takes 2 ms of the harness's CPU on a machine with 150 processes. */
const INTERVAL_MS = 1000;

/** Over which CPU time is measured in idleness: jobs that run once in a while are not idleness, so it is tried again. */
const IDLE_SPAN_MS = 1000;
const CALM_SHARE = 0.1;
const MOST_TRIES = 5;

export interface ResourceSamplerOptions {
  /** The server's primary that lives now. */
  readonly pid: () => number;
  /** The start of the run on the monotonic clock. */
  readonly startedUs: number;
}

/** Looks once a second at what the server's processes hold. Needs Linux's /proc; elsewhere the result is Missing. */
export class ResourceSampler implements AsyncDisposable {
  readonly #options: ResourceSamplerOptions;
  readonly #samples: ResourceSample[] = [];
  readonly #idle: IdleReading[] = [];
  readonly #stopping = new AbortController();
  readonly #finished: Promise<void>;
  #failure: string | undefined;

  constructor(options: ResourceSamplerOptions) {
    this.#options = options;
    if (process.platform !== 'linux') this.#failure = `${process.platform} has no /proc to look at processes in`;
    this.#finished = this.#sampleUntilStopped();
  }

  /** Takes a reading of idleness, which lasts a second, or five when the server does not come to rest. */
  async readIdle(): Promise<void> {
    let calmest: IdleReading | undefined;
    for (let attempt = 0; attempt < MOST_TRIES && (calmest?.cpuShare ?? 1) > CALM_SHARE; attempt += 1) {
      const before = await this.#look();
      await sleep(IDLE_SPAN_MS);
      const after = await this.#look();
      if (before === undefined || after === undefined) continue;
      const cpuShare = (after.cpuUs - before.cpuUs) / ((after.atMs - before.atMs) * 1000);
      if (calmest === undefined || cpuShare < calmest.cpuShare) calmest = { ...after, cpuShare };
    }
    if (calmest !== undefined) this.#idle.push(calmest);
  }

  /** Ends the sampling; never rejects. */
  async stop(): Promise<ResourceSamples | Missing> {
    this.#stopping.abort();
    await this.#finished;
    if (this.#failure !== undefined) return { missing: this.#failure };
    return { samples: this.#samples, idle: this.#idle };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #sampleUntilStopped(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const sample = await this.#look();
      if (sample !== undefined) this.#samples.push(sample);
      await sleep(INTERVAL_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Undefined while there are no such processes, and where nobody can look. */
  async #look(): Promise<ResourceSample | undefined> {
    if (this.#failure !== undefined) return undefined;
    try {
      const tree = processTree(readProcessTable(), [this.#options.pid()]);
      const atMs = (monotonicUs() - this.#options.startedUs) / 1000;
      const holdings = (await Promise.all(tree.map(readHoldings))).filter((holding) => holding !== undefined);
      const sum = (pick: (holding: Holdings) => number) => holdings.reduce((total, one) => total + pick(one), 0);
      if (holdings.length === 0) return undefined;
      return {
        atMs,
        processes: holdings.length,
        rssBytes: sum(({ rssBytes }) => rssBytes),
        descriptors: sum(({ descriptors }) => descriptors),
        threads: sum(({ threads }) => threads),
        cpuUs: sum(({ cpuUs }) => cpuUs),
      };
    } catch (error) {
      this.#failure = `the server's processes could not be looked at: ${error instanceof Error ? error.message : error}`;
      return undefined;
    }
  }
}

type Holdings = Omit<ResourceSample, 'atMs' | 'processes'>;

async function readHoldings({ pid, cpuUs }: { readonly pid: number; readonly cpuUs: number }) {
  try {
    const descriptors = await readdir(`/proc/${pid}/fd`);
    const status = readProcessStatus(pid);
    if (status === undefined) return undefined;
    const { rssBytes, threads } = status;
    return { rssBytes, descriptors: descriptors.length, threads, cpuUs };
  } catch (error) {
    // It ended between the listing and the look; a zombie shows no descriptors.
    const codes = ['ENOENT', 'ESRCH', 'EACCES'];
    if (error instanceof Error && 'code' in error && codes.includes(String(error.code))) return undefined;
    throw error;
  }
}
