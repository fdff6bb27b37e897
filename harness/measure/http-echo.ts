import { runInChild, startChild } from '../load/child-task.ts';
import type { LoadOrder } from '../load/load-outcome.ts';
import type { ArmLoad } from '../scenario/arm-load.ts';

export interface EchoOrder {
  /** Whose bodies and connections are used; all else of it does not matter. */
  readonly load: Pick<ArmLoad, 'batch' | 'payloadBytes' | 'partitions' | 'connections'>;
  /** Of the measured window; a short warm-up comes before it. */
  readonly durationMs: number;
}

/** What the echo server says when it listens. */
export interface EchoReady {
  readonly baseUrl: string;
}

/** What the load on it saw. */
export interface EchoLoad {
  readonly requestsPerS: number;
  readonly requests: number;
  /** Messages that did not come back. */
  readonly unanswered: number;
  readonly problem: string | undefined;
}

const WARM_UP_SHARE = 0.3;
const GRACE_MS = 5_000;

/**
 * Requests per second that the load generator and the loopback wire carry at a load's body size: the closed loop of every run
 * against a server that only sends bodies back, each in a process of its own.
 *
 * Throws the signal's reason on abort, and an Error when a body did not come back or the two do not agree on their number.
 */
export async function measureHttpEcho({ load, durationMs }: EchoOrder, signal: AbortSignal): Promise<number> {
  const ended = new AbortController();
  const whileNeeded = AbortSignal.any([signal, ended.signal]);
  const { promise: ready, resolve } = Promise.withResolvers<EchoReady>();
  const module = new URL('http-echo-process.ts', import.meta.url);
  const server = startChild<EchoReady, number>(module, undefined, resolve, whileNeeded);
  try {
    const { baseUrl } = await Promise.race([ready, server.result.then(() => ready)]);
    const order = orderOf(baseUrl, load, durationMs);
    const loadModule = new URL('http-echo-load-process.ts', import.meta.url);
    const seen = await runInChild<never, EchoLoad>(loadModule, order, () => undefined, signal);
    server.tell(true);
    const answered = await server.result;
    if (seen.unanswered > 0 || seen.problem !== undefined) {
      throw new Error(`${seen.unanswered} messages did not come back from the echo server: ${seen.problem}`);
    }
    if (answered !== seen.requests) {
      throw new Error(`the echo server answered ${answered} requests, but ${seen.requests} were sent`);
    }
    return seen.requestsPerS;
  } finally {
    ended.abort();
    // What it failed with, if it did, has been thrown above.
    await server.result.catch(() => undefined);
  }
}

function orderOf(baseUrl: string, load: EchoOrder['load'], durationMs: number): LoadOrder {
  return {
    ...{ baseUrl, runId: 'echo', queue: 'echo', graceMs: GRACE_MS, seed: 0, hasBothRoutes: false, persistent: false },
    load: {
      ...{ route: 'push', model: 'closed', open: undefined, saturation: undefined },
      ...load,
      ...{ warmUpMs: durationMs * WARM_UP_SHARE, durationMs, extendMs: 0, messages: undefined },
      ...{ repeat: 0, poison: 0, bulk: { producers: 0, batch: 1, pauseMs: 0 } },
    },
  };
}
