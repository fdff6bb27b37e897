import type { Consumption } from '../history/evidence.ts';
import { ConsumptionRecord } from '../load/consumption-record.ts';
import { monotonicUs } from '../measure/monotonic-clock.ts';
import type { ArmLoad } from '../scenario/arm-load.ts';
import type { ArmDrain } from '../scenario/scenario.ts';
import { popMessages, runCrew } from './consumer-crew.ts';
import { partitionName, popPartitionPath } from './wire.ts';

export interface DrainOrder {
  readonly baseUrl: string;
  readonly queue: string;
  readonly runId: string;
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
 * Receives everything the queue holds, partition by partition, acknowledged as it is delivered. Ends when every partition
 * is empty, which is `drained`, or the deadline is over.
 *
 * Throws an Error when a pop fails, and the signal's reason on abort.
 */
export async function drainQueue(order: DrainOrder): Promise<Consumption> {
  const { baseUrl, runId, queue, load, drain, signal, deadlineMs } = order;
  const record = new ConsumptionRecord({ runId, payloadBytes: load.payloadBytes, groups: [''] });
  const partitions = Array.from({ length: load.partitions }, (_, partition) => partition).values();
  const consumers = Math.min(drain.consumers, load.partitions);
  const complete = await runCrew({ baseUrl, consumers, deadlineMs, signal }, async (pool, consumer) => {
    // The consumers share one iterator: each takes the next partition when it is done with the last.
    for (const partition of partitions) {
      const path = `${popPartitionPath(queue, partitionName(partition))}?batch=${drain.batch}&autoAck=true`;
      for (let emptyAnswers = 0; emptyAnswers < EMPTY_ANSWERS_NEEDED; ) {
        const pop = record.history.openPop({ consumer, group: 0, invokedUs: monotonicUs() });
        const { httpStatus, messages } = await popMessages(pool, path);
        record.deliverAcked(pop, { httpStatus, messages, partition });
        emptyAnswers = messages.length === 0 ? emptyAnswers + 1 : 0;
        order.onProgress(record.history.deliveries);
      }
    }
  });
  return record.result([complete || `given up after ${deadlineMs} ms: not every partition was empty`]);
}
