import type { BadItems } from '../history/evidence.ts';
import type { Ledger } from '../history/ledger.ts';
import type { Repeats } from '../history/repeats.ts';
import { monotonicUs } from '../measure/monotonic-clock.ts';
import { seededRandom } from '../measure/seeded-random.ts';
import { PUSH_PATH } from '../target/wire.ts';
import { type BadItem, BadItemRecord } from './bad-items.ts';
import { type ConnectionFault, REPLY_TIMEOUT_MS } from './connection-fault.ts';
import { ErrorTally, momentOf } from './error-tally.ts';
import type { LoadOrder } from './load-outcome.ts';
import { type PushBody, pushBodyWriter } from './push-body.ts';
import type { PushRecording } from './push-recording.ts';
import { Repeater } from './repeater.ts';

/** A request that is meant to be sent. */
interface PushIntent {
  readonly producer: number;
  readonly partition: number;
  /** Messages at most; the last request of a number of messages may be smaller. */
  readonly batch: number;
  /** When an open loop means to send it. */
  readonly intendedUs?: number;
}

/** A request that is sent now. */
export interface Push {
  readonly request: number;
  readonly body: string;
  /** What goes along with it. */
  readonly bad: BadItem | undefined;
}

/** Producers of one kind; a session has one or two. */
interface Crew {
  /** Requests are under way, or will be without anybody's doing. */
  readonly isBusy: boolean;
  /** Nothing more is to be sent. */
  stop(): void;
  /** Cuts the connections whose requests are open; each of them is told to the session as failed. */
  abandon(): void;
}

/**
 * What all producers of a load share, whatever decides when they send: the ledger with intent and outcome of every message,
 * the messages that are left to send, what is sent twice or with bad items, and the end.
 */
export class PushSession {
  readonly ledger: Ledger;
  readonly errors = new ErrorTally();
  /** Resolves when nothing is under way and nothing will be sent. */
  readonly finished: Promise<void>;
  readonly #order: LoadOrder;
  readonly #judge: PushRecording['judge'];
  readonly #writeBody: PushBody;
  readonly #badItems: BadItemRecord;
  readonly #repeater: Repeater;
  readonly #random: () => number;
  readonly #crews: Crew[] = [];
  readonly #finish: () => void;
  #messagesLeft: number;
  #isStopped = false;
  /** Called when nothing is under way; undefined while the load goes on. */
  #onRest: (() => void) | undefined;
  #acknowledged = 0;
  #lastReplyUs = monotonicUs();

  /** Throws RangeError when the run id does not fit in the payload. */
  constructor(order: LoadOrder, { ledger, judge }: PushRecording) {
    const { load, runId, queue } = order;
    this.#order = order;
    this.ledger = ledger;
    this.#judge = judge;
    this.#writeBody = pushBodyWriter({
      runId,
      queue,
      payloadBytes: load.payloadBytes,
      partitions: load.partitions,
    });
    this.#badItems = new BadItemRecord(runId);
    this.#random = seededRandom(order.seed);
    this.#repeater = new Repeater({
      ...{ order, originals: this.ledger, writeBody: this.#writeBody, errors: this.errors, random: this.#random },
      timeoutMs: REPLY_TIMEOUT_MS,
      onIdle: () => this.finishIfIdle(),
    });
    this.#messagesLeft = load.messages ?? Number.POSITIVE_INFINITY;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.finished = promise;
    this.#finish = resolve;
  }

  get repeats(): Repeats {
    return this.#repeater.repeats;
  }

  get badItems(): BadItems {
    return this.#badItems.result();
  }

  /** Messages answered `queued` or `buffered` so far. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** When the last reply came, or the start; microseconds on the monotonic clock. */
  get lastReplyUs(): number {
    return this.#lastReplyUs;
  }

  get wantsMore(): boolean {
    return !this.#isStopped && this.#onRest === undefined && this.#messagesLeft > 0;
  }

  get messagesLeft(): number {
    return this.#messagesLeft;
  }

  join(crew: Crew): void {
    this.#crews.push(crew);
  }

  /** Takes the next messages, and gives them a place in the ledger; returns the request's number. */
  intend({ producer, partition, batch, intendedUs }: PushIntent): number {
    const messages = Math.min(batch, this.#messagesLeft);
    this.#messagesLeft -= messages;
    const invokedUs = intendedUs === undefined ? monotonicUs() : 0;
    return this.ledger.open({
      ...{ producer, partition, messages, invokedUs },
      ...(intendedUs === undefined ? {} : { intendedUs }),
    });
  }

  /** What is sent for a request of {@link intend}; to be called just before that, since it notes the time. */
  send(request: number, producer: number): Push {
    const { poison } = this.#order.load;
    const bad = poison > 0 && this.#random() < poison ? this.#badItems.next() : undefined;
    const body = this.#writeBody(
      this.ledger.partition(request),
      this.ledger.firstMessage(request),
      this.#messagesOf(request),
      bad,
    );
    this.ledger.send(request, producer, monotonicUs());
    this.#repeater.opened(request);
    return { request, body, bad };
  }

  /** Takes down the reply to a request; returns how many of its messages were acknowledged. */
  settle({ request, bad }: Push, httpStatus: number, body: string): number {
    const completedUs = monotonicUs();
    this.#lastReplyUs = completedUs;
    this.ledger.complete(request, completedUs, httpStatus);
    const judged = {
      ...{ ledger: this.ledger, request, firstNumber: this.ledger.firstMessage(request) },
      bad: bad && { item: bad, record: this.#badItems },
    };
    const acknowledged = this.#judge(judged, { httpStatus, body }, this.errors);
    this.#acknowledged += acknowledged;
    this.#repeater.completed(request);
    return acknowledged;
  }

  /** Takes down that a request came to nothing on its way. */
  fail(request: number, fault: ConnectionFault): void {
    const { baseUrl, load } = this.#order;
    this.ledger.complete(request, monotonicUs(), 0);
    const outcome = fault.neverSent ? 'rejected' : 'indeterminate';
    this.ledger.setOutcomes(request, outcome);
    const example = `${this.#messagesOf(request)} messages to ${baseUrl}${PUSH_PATH[load.route]}`;
    // What the load never came to send says nothing of the server.
    const moment = momentOf(this.ledger, request, this.ledger.wasSent(request) ? outcome : undefined);
    this.errors.add(fault.class, example, moment);
    this.#repeater.completed(request);
  }

  /** Ends the load early, and says why. */
  giveUp(reason: string, example: string): void {
    if (this.#isStopped) return;
    this.noteEnd(`load given up: ${reason}`, example);
    this.stop();
  }

  /** Takes down why the load did not go on to its end. */
  noteEnd(errorClass: string, example: string): void {
    const nowUs = monotonicUs();
    this.errors.add(errorClass, example, { fromUs: nowUs, toUs: nowUs, outcome: undefined });
  }

  get isResting(): boolean {
    return this.#onRest !== undefined;
  }

  /** Sends nothing until {@link resume}; resolves when nothing is under way any more. A load that is repeated cannot rest. */
  async rest(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onRest = resolve;
    this.finishIfIdle();
    await Promise.race([promise, this.finished]);
  }

  /** The load may go on, once its crews are started. */
  resume(): void {
    this.#onRest = undefined;
  }

  /** Nothing more is sent; open requests go on waiting for their replies. */
  stop(): void {
    this.#isStopped = true;
    for (const crew of this.#crews) crew.stop();
    this.#repeater.hurry();
    this.finishIfIdle();
  }

  /** Stops, and cuts the connections whose requests are still open; nobody can tell what becomes of those. */
  abandon(): void {
    this.stop();
    for (const crew of this.#crews) crew.abandon();
    this.#repeater.abandon();
  }

  /** To be called whenever a crew is no longer busy. */
  finishIfIdle(): void {
    if (this.wantsMore || this.#crews.some(({ isBusy }) => isBusy)) return;
    if (this.#onRest !== undefined && !this.#isStopped) {
      this.#onRest();
      return;
    }
    // No request is left to be repeated: what waits for its moment need not wait longer.
    this.#repeater.hurry();
    if (!this.#repeater.isIdle) return;
    this.#repeater.abandon();
    this.#finish();
  }

  #messagesOf(request: number): number {
    return this.ledger.firstMessage(request + 1) - this.ledger.firstMessage(request);
  }
}
