import { DeliveryRecord } from '../history/delivery-record.ts';
import type { Deliveries } from '../history/evidence.ts';
import type { Ledger } from '../history/ledger.ts';
import { payloadFormat } from '../load/payload.ts';
import type { ArmDrain, ArmLoad } from '../scenario/scenario.ts';
import { popMessages, runCrew } from './consumer-crew.ts';
import { partitionName, popPartitionPath } from './wire.ts';

export interface DrainOrder {
  readonly baseUrl: string;
  readonly queue: string;
  readonly ledger: Ledger;
  readonly load: Pick<ArmLoad, 'partitions' | 'payloadBytes'>;
  readonly drain: Pick<ArmDrain, 'consumers' | 'batch'>;
  readonly signal: AbortSignal;
  /** Longest duration of the whole drain. */
  readonly deadlineMs: number;
  /** Called after every reply with the number of messages received so far. */
  readonly onProgress: (delivered: number) => void;
}

/** A partition is empty when it says so twice running: one empty answer may be another consumer's lock. */
const EMPTY_ANSWERS_NEEDED = 2;

/**
 * Receives everything the queue holds, partition by partition, acknowledged as it is delivered, and judges each message
 * against the ledger. Ends when every partition is empty (`complete`) or the deadline is over (not `complete`).
 *
 * Throws an Error when a pop fails, and the signal's reason on abort.
 */
export async function drainQueue(order: DrainOrder): Promise<Deliveries> {
  const { baseUrl, queue, ledger, load, drain, signal, deadlineMs } = order;
  const startedMs = performance.now();
  const payload = payloadFormat(ledger.runId, load.payloadBytes);
  const record = new DeliveryRecord(ledger, load.partitions, { partitionName, payloadMatches: payload.matches });
  const partitions = Array.from({ length: load.partitions }, (_, partition) => partition).values();
  const consumers = Math.min(drain.consumers, load.partitions);
  const complete = await runCrew({ baseUrl, consumers, deadlineMs, signal }, async (pool) => {
    // The consumers share one iterator: each takes the next partition when it is done with the last.
    for (const partition of partitions) {
      const path = `${popPartitionPath(queue, partitionName(partition))}?batch=${drain.batch}&autoAck=true`;
      for (let emptyAnswers = 0; emptyAnswers < EMPTY_ANSWERS_NEEDED; ) {
        const messages = await popMessages(pool, path);
        for (const message of messages) record.add(partition, message);
        emptyAnswers = messages.length === 0 ? emptyAnswers + 1 : 0;
        order.onProgress(record.delivered);
      }
    }
  });
  return record.result({ complete, durationMs: performance.now() - startedMs });
}
