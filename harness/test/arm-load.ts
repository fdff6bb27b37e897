import type { LoadOrder } from '../load/load-outcome.ts';
import type { ArmLoad } from '../scenario/arm-load.ts';

/** A small load without warm-up for half a minute, but for what the test puts in its place. */
export function armLoad(change: Partial<ArmLoad> = {}): ArmLoad {
  return {
    route: 'push',
    model: 'closed',
    open: undefined,
    saturation: undefined,
    batch: 100,
    payloadBytes: 100,
    partitions: 3,
    connections: 4,
    warmUpMs: 0,
    durationMs: 30_000,
    extendMs: 0,
    messages: undefined,
    repeat: 0,
    poison: 0,
    bulk: { producers: 0, batch: 1000, pauseMs: 0 },
    ...change,
  };
}

/** An order for the run `r1` on the queue `q`. */
export function loadOrder(order: Pick<LoadOrder, 'baseUrl' | 'load' | 'graceMs'> & Partial<LoadOrder>): LoadOrder {
  return { runId: 'r1', queue: 'q', seed: 7, hasBothRoutes: true, persistent: false, ...order };
}
