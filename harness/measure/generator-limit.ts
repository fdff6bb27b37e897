import type { LatencyUs } from './latency.ts';

/** What the load process says of itself, over the measured window. */
export interface GeneratorLoad {
  /** Share of the window its event loop was busy, 0…1. */
  readonly eventLoopUtilization: number;
  /** CPU time of the process, as a number of cores. */
  readonly cpuCores: number;
  /** Share of the time the event loop of the server's busiest worker was busy; undefined when it was not told. */
  readonly busiestWorker?: number | undefined;
  /** Of an open loop: how late it saw that a request was due, whether a connection was free or not; null without any. */
  readonly wakeLagUs: LatencyUs | null;
}

/** Above this an event loop has no rest to catch up with: replies wait for it, and are taken for the server's latency. */
const BUSIEST = 0.95;

/**
 * An event loop is busy, too, while its process waits for a core that others have: against a server that answers at once it
 * read 1.00 on 0.36 cores of a machine with fifty processes that wanted one. Then the machine is the limit, for the server as
 * much as for the load, unless the server was told to have had time left.
 */
const WHOLE_CORE = 0.85;
const RESTED_WORKER = 0.9;

/**
 * Half of the requests this late are no hiccup of the machine: an idle event loop is woken in a tenth of that, and still is
 * when something else takes both cores for a moment.
 */
const LATEST_US = 5_000;

/** Says why the load generator, and not the server, was the limit; undefined when nothing tells that it was. */
export function generatorLimit(load: GeneratorLoad): string | undefined {
  const { eventLoopUtilization, cpuCores, busiestWorker = 1, wakeLagUs } = load;
  if (eventLoopUtilization >= BUSIEST && (cpuCores >= WHOLE_CORE || busiestWorker < RESTED_WORKER)) {
    const busy = Math.round(eventLoopUtilization * 100);
    return `the load generator's event loop was busy for ${busy} % of the time, on ${cpuCores.toFixed(2)} cores`;
  }
  if (wakeLagUs !== null && wakeLagUs.p50 >= LATEST_US) {
    return `the load generator was ${(wakeLagUs.p50 / 1_000).toFixed(1)} ms late itself with half of the requests`;
  }
  return undefined;
}
