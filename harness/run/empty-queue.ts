import type { Acknowledgements, Deliveries, Missing } from '../history/evidence.ts';
import type { Ledger } from '../history/ledger.ts';
import type { PopAckMeasure } from '../load/consumers.ts';
import { runConsumers } from '../load/run-consumers.ts';
import type { Arm } from '../scenario/scenario.ts';
import { drainQueue } from '../target/drain.ts';

/** What the consumers after the load received and were answered. */
export interface Emptied {
  readonly deliveries: Deliveries;
  readonly acks: Acknowledgements | Missing;
  /** Undefined when autoAck emptied the queue: that proves delivery and measures nothing. */
  readonly popAck: PopAckMeasure | undefined;
}

interface EmptyOrder {
  readonly baseUrl: string;
  readonly queue: string;
  readonly ledger: Ledger;
  readonly arm: Pick<Arm, 'load' | 'drain'>;
  readonly signal: AbortSignal;
  /** Called while messages come. */
  readonly onProgress: () => void;
}

/** Emptying that makes no end in this time is incomplete, and the proof `unknown`. */
const LIMIT_MS = 120_000;

/**
 * Empties the queue as the arm says. autoAck is not measured and stays in this process; consumers that acknowledge have one
 * of their own: here they would share an event loop with the sampling of connections, and each would delay the other.
 * Throws what {@link drainQueue} and {@link runConsumers} throw.
 */
export async function emptyQueue({ arm, signal, onProgress, ...order }: EmptyOrder): Promise<Emptied> {
  const { load, drain } = arm;
  if (drain.mode === 'ack') {
    const { measure, ...evidence } = await runConsumers(
      { ...order, load, drain, deadlineMs: LIMIT_MS },
      onProgress,
      signal,
    );
    return { ...evidence, popAck: measure };
  }
  const deliveries = await drainQueue({ ...order, load, drain, deadlineMs: LIMIT_MS, signal, onProgress });
  return { deliveries, acks: { missing: 'delivery alone acknowledges (autoAck)' }, popAck: undefined };
}
