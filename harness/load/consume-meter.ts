import { encodeHistogram, newLatencyHistogram, recordLatency } from '../measure/latency.ts';
import { monotonicUs } from '../measure/monotonic-clock.ts';
import { startWindow } from './window-meter.ts';

/** What the consumers reached. Whether it may be shown is the checks' decision. */
export interface PopAckMeasure {
  /** Acks answered `completed`, per second from the first pop to the last answer to an ack. */
  readonly throughputMsgPerS: number;
  /** Of pops that brought messages, long polling included, and of ack requests; see latency.ts. */
  readonly popHistogram: string;
  readonly ackHistogram: string;
  /** Share of the time the consumers' event loop was busy, 0…1. */
  readonly eventLoopUtilization: number;
}

/** Measures consumers from its making to {@link result}. */
export class ConsumeMeter {
  readonly #endWindow = startWindow();
  readonly #popUs = newLatencyHistogram();
  readonly #ackUs = newLatencyHistogram();
  #completed = 0;
  #lastAckUs = 0;

  /** Acks answered `completed` so far. */
  get completed(): number {
    return this.#completed;
  }

  /** A pop that was asked for at `fromUs` has brought messages. */
  popped(fromUs: number, toUs: number): void {
    recordLatency(this.#popUs, toUs - fromUs);
  }

  /** An ack that was sent at `fromUs` was answered now; so many of its messages are completed. */
  acked(fromUs: number, completed: number): void {
    this.#lastAckUs = monotonicUs();
    this.#completed += completed;
    recordLatency(this.#ackUs, this.#lastAckUs - fromUs);
  }

  result(): PopAckMeasure {
    const { fromUs, eventLoopUtilization } = this.#endWindow();
    const spanUs = this.#lastAckUs - fromUs;
    return {
      throughputMsgPerS: spanUs > 0 ? (this.#completed * 1_000_000) / spanUs : 0,
      popHistogram: encodeHistogram(this.#popUs),
      ackHistogram: encodeHistogram(this.#ackUs),
      eventLoopUtilization,
    };
  }
}
