import type { LatencyUs } from './latency.ts';

/** What the load process says of itself, over the measured window. */
export interface GeneratorLoad {
  /** Share of the window its event loop was busy, 0…1. */
  readonly eventLoopUtilization: number;
  /** Of an open loop: how late it saw that a request was due, whether a connection was free or not; null without any. */
  readonly wakeLagUs?: LatencyUs | null | undefined;
}

/**
 * Above this an event loop has no rest to catch up with: replies wait for it, and what they waited is taken for the server's
 * latency. A closed loop against a server that answers at once reads 0.97 to 1.
 */
const BUSIEST = 0.9;

/**
 * Half of the requests this late are no hiccup of the machine: an idle event loop is woken in a tenth of that, and still is
 * when something else takes both cores for a moment.
 */
const LATEST_US = 5_000;

/** Says why the load generator, and not the server, was the limit; undefined when nothing tells that it was. */
export function generatorLimit({ eventLoopUtilization, wakeLagUs }: GeneratorLoad): string | undefined {
  if (eventLoopUtilization >= BUSIEST) {
    return `the load generator's event loop was busy for ${Math.round(eventLoopUtilization * 100)} % of the time`;
  }
  if (wakeLagUs !== undefined && wakeLagUs !== null && wakeLagUs.p50 >= LATEST_US) {
    return `the load generator was ${(wakeLagUs.p50 / 1_000).toFixed(1)} ms late itself with half of the requests`;
  }
  return undefined;
}
