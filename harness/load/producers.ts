import type { BadItems } from '../history/evidence.ts';
import type { Ledger } from '../history/ledger.ts';
import type { Repeats } from '../history/repeats.ts';
import { monotonicUs } from '../measure/monotonic-clock.ts';
import { seededRandom } from '../measure/seeded-random.ts';
import { PUSH_PATH } from '../target/wire.ts';
import { type BadItem, BadItemRecord } from './bad-items.ts';
import { ErrorTally } from './error-tally.ts';
import type { LoadOrder } from './load-outcome.ts';
import { type ConnectionDuty, type ConnectionFault, openConnections, type PushTarget } from './paced-connection.ts';
import { type PushBody, pushBodyWriter } from './push-body.ts';
import type { PushRecording } from './push-recording.ts';
import { Repeater } from './repeater.ts';

/** Longer than any statement time-out a server is likely to have, so that the server's own answer comes first. */
const REPLY_TIMEOUT_MS = 30_000;

const RECONNECT_FIRST_MS = 50;
const RECONNECT_LONGEST_MS = 1_000;

/** Failed connections in a row, per producer, after which nobody is taken to be there: about 3.5 s. */
const CONNECT_FAILURE_LIMIT = 8;

interface Producer {
  readonly number: number;
  readonly batch: number;
  /** Pause after each answer. */
  readonly pauseMs: number;
  requests: number;
  openRequest: number | undefined;
  /** What goes along with the open request. */
  bad: BadItem | undefined;
  /** Requests in a row that were not answered, or with HTTP 5xx. */
  barren: number;
}

/**
 * The producers of a closed loop: each has one connection at a time, sends its next request when the last one was
 * answered, and goes to the partitions in turn, starting at its own number so that all get equal shares. Intent and
 * outcome of every message are in the ledger. A producer whose connection was cut, or who was answered HTTP 5xx, opens
 * another, after a growing pause while that goes on. Bulk producers do the same with larger requests and pauses.
 */
export class Producers {
  readonly ledger: Ledger;
  readonly errors = new ErrorTally();
  /** Resolves when no connection is left and none will be opened. */
  readonly finished: Promise<void>;
  readonly #order: LoadOrder;
  readonly #judge: PushRecording['judge'];
  readonly #writeBody: PushBody;
  readonly #badItems: BadItemRecord;
  readonly #repeater: Repeater;
  readonly #random: () => number;
  readonly #target: PushTarget;
  readonly #cuts = new Map<Producer, () => void>();
  readonly #reconnects = new Map<Producer, NodeJS.Timeout>();
  readonly #finish: () => void;
  #messagesLeft: number;
  #stopped = false;
  #acknowledged = 0;
  #connectFailures = 0;
  #lastReplyUs = 0;

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
      onIdle: () => this.#finishIfIdle(),
    });
    this.#target = { origin: order.baseUrl, path: PUSH_PATH[load.route], timeoutMs: REPLY_TIMEOUT_MS };
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

  /** Opens every producer's connection; with few messages to send, no more connections than requests. */
  start(): void {
    const { connections, batch, bulk } = this.#order.load;
    this.#lastReplyUs = monotonicUs();
    const closed = Array.from({ length: connections }, () => ({ batch, pauseMs: 0 }));
    const larger = Array.from({ length: bulk.producers }, () => ({ batch: bulk.batch, pauseMs: bulk.pauseMs }));
    let planned = 0;
    this.#connect(
      [...closed, ...larger]
        .map((habits, number) => ({
          ...{ number, ...habits, requests: 0, openRequest: undefined, bad: undefined, barren: 0 },
        }))
        .filter((producer) => {
          const isNeeded = planned < this.#messagesLeft;
          planned += producer.batch;
          return isNeeded;
        }),
    );
  }

  /** Sends nothing more; open requests go on waiting for their replies. */
  stop(): void {
    this.#stopped = true;
    for (const timer of this.#reconnects.values()) clearTimeout(timer);
    this.#reconnects.clear();
    this.#repeater.hurry();
    this.#finishIfIdle();
  }

  /** Stops, and cuts the connections whose requests are still open; nobody can tell what becomes of those. */
  abandon(): void {
    this.stop();
    for (const cut of [...this.#cuts.values()]) cut();
    this.#repeater.abandon();
  }

  #wantsMore(): boolean {
    return !this.#stopped && this.#messagesLeft > 0;
  }

  #connect(producers: readonly Producer[]): void {
    const cuts = openConnections(
      this.#target,
      producers.map((producer) => this.#dutyOf(producer)),
    );
    for (const [index, cut] of cuts.entries()) this.#cuts.set(producers[index] as Producer, cut);
  }

  #dutyOf(producer: Producer): ConnectionDuty {
    return {
      nextBody: () => this.#openRequest(producer),
      onReply: (httpStatus, body) => {
        this.#settle(producer, httpStatus, body);
        return this.#wantsMore() && producer.barren === 0 && producer.pauseMs === 0;
      },
      onOver: (fault) => this.#release(producer, fault),
    };
  }

  #openRequest(producer: Producer): string {
    const { partitions, poison } = this.#order.load;
    const messages = Math.min(producer.batch, this.#messagesLeft);
    this.#messagesLeft -= messages;
    const partition = (producer.number + producer.requests) % partitions;
    producer.requests += 1;
    producer.bad = poison > 0 && this.#random() < poison ? this.#badItems.next() : undefined;
    const body = this.#writeBody(partition, this.ledger.messages, messages, producer.bad);
    const invokedUs = monotonicUs();
    const request = this.ledger.open({ producer: producer.number, partition, messages, invokedUs });
    producer.openRequest = request;
    this.#repeater.opened(request);
    return body;
  }

  #settle(producer: Producer, httpStatus: number, body: string): void {
    const completedUs = monotonicUs();
    const request = producer.openRequest;
    if (request === undefined) throw new Error('a reply was handed over although no request was open');
    producer.openRequest = undefined;
    producer.barren = httpStatus >= 500 ? producer.barren + 1 : 0;
    this.#connectFailures = 0;
    this.#lastReplyUs = completedUs;
    this.ledger.complete(request, completedUs, httpStatus);
    const bad = producer.bad && { item: producer.bad, record: this.#badItems };
    const judged = { ledger: this.ledger, request, firstNumber: this.ledger.firstMessage(request), bad };
    this.#acknowledged += this.#judge(judged, { httpStatus, body }, this.errors);
    this.#repeater.completed(request);
  }

  #release(producer: Producer, fault: ConnectionFault | undefined): void {
    this.#cuts.delete(producer);
    const request = producer.openRequest;
    if (request !== undefined && fault !== undefined) {
      producer.openRequest = undefined;
      producer.barren += 1;
      this.ledger.complete(request, monotonicUs(), 0);
      this.ledger.setOutcomes(request, fault.neverSent ? 'rejected' : 'indeterminate');
      const messages = this.ledger.firstMessage(request + 1) - this.ledger.firstMessage(request);
      this.errors.add(fault.class, `${messages} messages to ${this.#order.baseUrl}${this.#target.path}`);
      if (fault.neverSent) this.#countConnectFailure(fault);
      this.#repeater.completed(request);
    }
    if (this.#wantsMore()) this.#reconnect(producer);
    this.#finishIfIdle();
  }

  #countConnectFailure(fault: ConnectionFault): void {
    this.#connectFailures += 1;
    if (this.#order.persistent) return;
    const limit = CONNECT_FAILURE_LIMIT * this.#order.load.connections;
    if (this.#connectFailures < limit || this.#stopped) return;
    this.errors.add(
      `load given up: ${fault.class}`,
      `${this.#connectFailures} connections in a row failed; nobody answers at ${this.#order.baseUrl}`,
    );
    this.stop();
  }

  #reconnect(producer: Producer): void {
    const recoveryMs =
      producer.barren === 0 ? 0 : Math.min(RECONNECT_FIRST_MS * 2 ** (producer.barren - 1), RECONNECT_LONGEST_MS);
    const timer = setTimeout(
      () => {
        this.#reconnects.delete(producer);
        // The last messages may have been sent by others in the meantime.
        if (this.#wantsMore()) this.#connect([producer]);
        else this.#finishIfIdle();
      },
      Math.max(recoveryMs, producer.pauseMs),
    );
    this.#reconnects.set(producer, timer);
  }

  #finishIfIdle(): void {
    if (this.#wantsMore() || this.#cuts.size > 0 || this.#reconnects.size > 0) return;
    // No request is left to be repeated: what waits for its moment need not wait longer.
    this.#repeater.hurry();
    if (!this.#repeater.isIdle) return;
    this.#repeater.abandon();
    this.#finish();
  }
}
