import type { ErrorTrace } from '../history/error-trace.ts';
import type { Consumption } from '../history/evidence.ts';
import type { Ledger } from '../history/ledger.ts';
import type { PopAckMeasure } from '../load/consume-meter.ts';
import type { ConsumeOutcome } from '../load/consumers.ts';
import { type RunningConsumers, startConsumers } from '../load/start-consumers.ts';
import type { Arm } from '../scenario/scenario.ts';
import { drainQueue } from '../target/drain.ts';

/** What the consumers after the load received and were answered. */
export interface Emptied {
  readonly consumption: Consumption;
  /** Undefined when autoAck emptied the queue: that proves delivery and measures nothing. */
  readonly popAck: PopAckMeasure | undefined;
  /** Undefined likewise: such a drain ends with its first error, and that is why it is incomplete. */
  readonly errors: ErrorTrace | undefined;
}

interface EmptyOrder {
  readonly baseUrl: string;
  readonly queue: string;
  readonly ledger: Ledger;
  readonly arm: Pick<Arm, 'load' | 'drain' | 'queue'>;
  /** Those that are at work already, and go on; undefined when nobody consumed beside the load. */
  readonly consumers: RunningConsumers | undefined;
  /** Emptying that makes no end in this time is incomplete, and the proof `unknown`. */
  readonly limitMs: number;
  readonly signal: AbortSignal;
  /** Called while messages come. */
  readonly onProgress: () => void;
}

/**
 * Empties the queue: by the consumers that are at work, or else as the arm says. autoAck is not measured and stays in this process; consumers that acknowledge have one
 * of their own: here they would share an event loop with the sampling of connections, and each would delay the other.
 * Throws what {@link drainQueue} and {@link startConsumers} throw.
 */
export async function emptyQueue(order: EmptyOrder): Promise<Emptied> {
  const { ledger, arm, signal, onProgress, baseUrl, queue } = order;
  const { load, drain } = arm;
  const target = { baseUrl, queue, runId: ledger.runId };
  if (order.consumers !== undefined || drain.mode === 'ack') {
    const { consumption, measure, errors } = await (order.consumers?.drain(order.limitMs) ?? consumeBacklog(order));
    return { consumption, popAck: measure, errors };
  }
  const consumption = await drainQueue({ ...target, load, drain, deadlineMs: order.limitMs, signal, onProgress });
  return { consumption, popAck: undefined, errors: undefined };
}

/** Consumers in queue mode that do nothing but acknowledge, told to drain as soon as they are there. */
async function consumeBacklog({
  baseUrl,
  queue,
  ledger,
  arm,
  limitMs,
  signal,
  onProgress,
}: EmptyOrder): Promise<ConsumeOutcome> {
  const { consumers: count, batch } = arm.drain;
  const habits = { wait: false, thinkMs: 0, nack: 0, expire: 0, crash: 0 };
  using consumers = await startConsumers(
    {
      ...{ baseUrl, queue, runId: ledger.runId, payloadBytes: arm.load.payloadBytes, leaseMs: arm.queue.leaseMs },
      consumers: { count, batch, groups: [''], ...habits },
      // Nothing is left to chance.
      seed: 0,
    },
    onProgress,
    signal,
  );
  return await consumers.drain(limitMs);
}
