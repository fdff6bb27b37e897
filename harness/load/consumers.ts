import { setTimeout as sleep } from 'node:timers/promises';
import type { Histogram } from 'hdr-histogram-js';
import type { Pool } from 'undici';
import { AckRecord } from '../history/ack-record.ts';
import { DeliveryRecord } from '../history/delivery-record.ts';
import type { Acknowledgements, Deliveries } from '../history/evidence.ts';
import type { Ledger } from '../history/ledger.ts';
import { encodeHistogram, newLatencyHistogram, recordLatency } from '../measure/latency.ts';
import { monotonicUs } from '../measure/monotonic-clock.ts';
import type { ArmDrain, ArmLoad } from '../scenario/scenario.ts';
import { popMessages, runCrew } from '../target/consumer-crew.ts';
import type { PoppedMessage } from '../target/decode-pop-reply.ts';
import { EmptyWatch } from '../target/empty-watch.ts';
import { ACK_BATCH_PATH, partitionName, partitionNumber, popQueuePath } from '../target/wire.ts';
import { payloadFormat } from './payload.ts';
import { startWindow } from './window-meter.ts';

export interface ConsumeOrder {
  readonly baseUrl: string;
  readonly queue: string;
  readonly ledger: Ledger;
  readonly load: Pick<ArmLoad, 'partitions' | 'payloadBytes'>;
  readonly drain: Pick<ArmDrain, 'consumers' | 'batch'>;
  /** Longest duration of the whole work. */
  readonly deadlineMs: number;
}

/** What the consumers reached. Whether it may be shown is the checks' decision. */
export interface PopAckMeasure {
  /** Acks answered `completed`, per second from the first pop to the last answer to an ack. */
  readonly throughputMsgPerS: number;
  /** Of pops that brought messages, and of ack requests; see latency.ts. */
  readonly popHistogram: string;
  readonly ackHistogram: string;
  /** Share of the time the consumers' event loop was busy, 0…1. */
  readonly eventLoopUtilization: number;
}

export interface ConsumeOutcome {
  readonly deliveries: Deliveries;
  readonly acks: Acknowledgements;
  readonly measure: PopAckMeasure;
}

/** Pause after an empty answer, twice as long each time: a consumer without work must not take the others' CPU. */
const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 80;

const PROGRESS_INTERVAL_MS = 250;

/**
 * Consumers that empty a queue as those of an application do: each pops a batch from the whole queue, whatever its
 * partition, acknowledges it under the lease it came with, and pops again. Ends when the queue is empty and nothing is
 * leased, or when the deadline is over; then, or when an ack was refused, the deliveries are not `complete`.
 *
 * Throws an Error when a pop fails or an ack stays without an answer: nobody knows what became of its messages.
 */
export async function consumeQueue(
  order: ConsumeOrder,
  onProgress: (delivered: number) => void,
): Promise<ConsumeOutcome> {
  return await new Consumers(order).run(onProgress);
}

class Consumers {
  readonly #order: ConsumeOrder;
  readonly #record: DeliveryRecord;
  readonly #acks: AckRecord;
  readonly #watch: EmptyWatch;
  readonly #popUs = newLatencyHistogram();
  readonly #ackUs = newLatencyHistogram();
  readonly #popPath: string;
  #lastAckUs = 0;

  constructor(order: ConsumeOrder) {
    const { ledger, load, drain, queue } = order;
    const payload = payloadFormat(ledger.runId, load.payloadBytes);
    this.#order = order;
    this.#record = new DeliveryRecord(ledger, load.partitions, { partitionName, payloadMatches: payload.matches });
    this.#acks = new AckRecord(ledger.runId, ledger.messages);
    this.#watch = new EmptyWatch(drain.consumers);
    this.#popPath = `${popQueuePath(queue)}?batch=${drain.batch}`;
  }

  async run(onProgress: (delivered: number) => void): Promise<ConsumeOutcome> {
    const { baseUrl, drain, deadlineMs } = this.#order;
    const endWindow = startWindow();
    const reporting = setInterval(() => onProgress(this.#record.delivered), PROGRESS_INTERVAL_MS);
    // The process ends with its parent; nobody else can abort this.
    const { signal } = new AbortController();
    try {
      const { consumers } = drain;
      const ended = await runCrew({ baseUrl, consumers, deadlineMs, signal }, (pool, consumer, ends) =>
        this.#consume(pool, consumer, ends),
      );
      const { fromUs, toUs, eventLoopUtilization } = endWindow();
      const spanUs = this.#lastAckUs - fromUs;
      const complete = ended && !this.#acks.hasRefusals;
      return {
        deliveries: this.#record.result({ complete, durationMs: (toUs - fromUs) / 1_000 }),
        acks: this.#acks.result(),
        measure: {
          throughputMsgPerS: spanUs > 0 ? (this.#acks.completed * 1_000_000) / spanUs : 0,
          popHistogram: encodeHistogram(this.#popUs),
          ackHistogram: encodeHistogram(this.#ackUs),
          eventLoopUtilization,
        },
      };
    } finally {
      clearInterval(reporting);
    }
  }

  async #consume(pool: Pool, consumer: number, ends: AbortSignal): Promise<void> {
    for (let pauseMs = FIRST_PAUSE_MS; !this.#watch.isEmpty; ) {
      const wasEmpty = this.#watch.ask(consumer);
      const askedUs = monotonicUs();
      const messages = await popMessages(pool, this.#popPath);
      if (messages.length > 0) {
        recordSince(this.#popUs, askedUs);
        await this.#settle(pool, messages);
        pauseMs = FIRST_PAUSE_MS;
        continue;
      }
      wasEmpty();
      do {
        await sleep(pauseMs, undefined, { signal: ends });
        pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
      } while (this.#watch.hasHeard(consumer) && !this.#watch.isEmpty);
    }
  }

  async #settle(pool: Pool, messages: readonly PoppedMessage[]): Promise<void> {
    this.#watch.change();
    const acked = messages.map((message) => {
      const number = this.#record.add(partitionNumber(message.partition), message);
      this.#acks.deliver(number);
      return { transactionId: message.transactionId, message: number };
    });
    const sentUs = monotonicUs();
    const { statusCode, body } = await pool.request({
      method: 'POST',
      path: ACK_BATCH_PATH,
      headers: { 'content-type': 'application/json' },
      body: ackBody(messages),
    });
    const text = await body.text();
    recordSince(this.#ackUs, sentUs);
    this.#lastAckUs = monotonicUs();
    this.#acks.settle(acked, { httpStatus: statusCode, body: text });
    this.#watch.change();
  }
}

/** One lease holds for all messages of a reply; `completed` is what an acknowledgement means that names no status. */
function ackBody(messages: readonly PoppedMessage[]): string {
  const acknowledgments = messages.map(({ transactionId, partitionId }) => ({ transactionId, partitionId }));
  return JSON.stringify({ leaseId: messages[0]?.leaseId, acknowledgments });
}

function recordSince(histogram: Histogram, fromUs: number): void {
  recordLatency(histogram, monotonicUs() - fromUs);
}
