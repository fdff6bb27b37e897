import type { LoadOrder } from '../load/load-outcome.ts';

/** An open loop of single messages at an even rate. */
export function openLoad(
  order: Pick<LoadOrder, 'baseUrl' | 'graceMs'> & {
    /** Requests per second. */
    readonly rate: number;
    readonly connections: number;
    readonly warmUpMs: number;
    readonly durationMs: number;
  },
): LoadOrder {
  const { baseUrl, graceMs, rate, connections, warmUpMs, durationMs } = order;
  return {
    ...{ baseUrl, graceMs, runId: 'bench', queue: 'q', seed: 1, hasBothRoutes: false, persistent: false },
    load: {
      ...{ route: 'push', model: 'open', saturation: undefined, connections: 1, messages: undefined },
      ...{ batch: 1, payloadBytes: 100, partitions: 10, warmUpMs, durationMs, extendMs: 0, repeat: 0, poison: 0 },
      open: { rate, to: undefined, arrivals: 'even', burst: 1, connections },
      bulk: { producers: 0, batch: 1, pauseMs: 0 },
    },
  };
}
