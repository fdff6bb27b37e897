import { Ledger, type RequestIntent } from '../history/ledger.ts';
import { judgeReply } from '../load/judge-reply.ts';
import type { PushRecording } from '../load/push-recording.ts';
import { monotonicUs } from '../measure/monotonic-clock.ts';

/** What was answered in one slice, without its beginning. */
export interface Slice {
  readonly recorded: boolean;
  messages: number;
  /** Time spent on taking down the outcomes of these messages; 0 where nothing was. */
  judgingUs: number;
}

export const SLICE_MS = 200;
/** The beginning of a slice, in which replies still come to requests that the other side sent. */
const SETTLING_MS = 40;

/** A ledger that knows how long it took to write down intents and times. */
class TimedLedger extends Ledger {
  spentUs = 0;
  readonly #nowUs: () => number;

  constructor(runId: string, nowUs: () => number) {
    super(runId);
    this.#nowUs = nowUs;
  }

  override open(intent: RequestIntent): number {
    const fromUs = this.#nowUs();
    const request = super.open(intent);
    this.spentUs += this.#nowUs() - fromUs;
    return request;
  }

  override send(request: number, producer: number, invokedUs: number): void {
    const fromUs = this.#nowUs();
    super.send(request, producer, invokedUs);
    this.spentUs += this.#nowUs() - fromUs;
  }

  override complete(request: number, completedUs: number, httpStatus: number): void {
    const fromUs = this.#nowUs();
    super.complete(request, completedUs, httpStatus);
    this.spentUs += this.#nowUs() - fromUs;
  }
}

/**
 * The recording of one load that by turns takes down every outcome and, as a load tool does that takes the HTTP status
 * for the answer, counts replies and does not read them. Both go on over the same connections within the same second, so
 * that what else the machine does hits them alike. The turns go A B B A, so that neither always comes first.
 *
 * Intents and times are written in both: message numbers come from there. They are timed apart, and take 0.2 µs a
 * request.
 */
export class AlternatingRecording implements PushRecording {
  readonly ledger: TimedLedger;
  readonly judge: PushRecording['judge'];
  readonly #slices: Slice[] = [];
  readonly #batch: number;
  readonly #nowUs: () => number;
  #startedUs: number | undefined;
  #acknowledged = 0;

  constructor(runId: string, batch: number, nowUs: () => number = monotonicUs) {
    this.ledger = new TimedLedger(runId, nowUs);
    this.#batch = batch;
    this.#nowUs = nowUs;
    this.judge = (...reply) => this.#take(...reply);
  }

  /** Messages that were acknowledged, as far as it was looked at. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** At most `count` slices from number `first` on. */
  slices(first: number, count: number): readonly Slice[] {
    return this.#slices.slice(first, first + count);
  }

  #take(...[judged, reply, errors]: Parameters<PushRecording['judge']>): number {
    const fromUs = this.#nowUs();
    this.#startedUs ??= fromUs;
    const elapsedMs = (fromUs - this.#startedUs) / 1_000;
    const number = Math.floor(elapsedMs / SLICE_MS);
    const recorded = isRecorded(number);
    const isGood = reply.httpStatus >= 200 && reply.httpStatus < 300;
    const count = recorded ? judgeReply(judged, reply, errors) : isGood ? this.#batch : 0;
    this.#acknowledged += count;
    // Slices in which nothing was answered have their place too.
    while (this.#slices.length <= number) {
      this.#slices.push({ recorded: isRecorded(this.#slices.length), messages: 0, judgingUs: 0 });
    }
    const slice = this.#slices[number];
    if (slice !== undefined && elapsedMs % SLICE_MS >= SETTLING_MS) {
      slice.messages += count;
      if (recorded) slice.judgingUs += this.#nowUs() - fromUs;
    }
    return count;
  }
}

function isRecorded(slice: number): boolean {
  return slice % 4 === 0 || slice % 4 === 3;
}
