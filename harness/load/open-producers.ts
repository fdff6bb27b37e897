import type { Histogram } from 'hdr-histogram-js';
import { encodeHistogram, newLatencyHistogram, recordLatency } from '../measure/latency.ts';
import { PUSH_PATH } from '../target/wire.ts';
import type { ConnectionFault } from './connection-fault.ts';
import { Fifo } from './fifo.ts';
import type { LoadClock } from './load-clock.ts';
import type { LoadOrder } from './load-outcome.ts';
import { OpenConnection } from './open-connection.ts';
import type { ArrivalSchedule, BacklogSample, OpenStep } from './open-step.ts';
import { Pacer } from './pacer.ts';
import type { Push, PushSession } from './push-session.ts';
import { reconnectPauseMs } from './reconnect-pause.ts';

/** Messages that may wait for a connection: some 20 s of what a server takes in single ones, in 10 MB of ledger. */
export const WAITING_MESSAGES = 200_000;

/** Where nobody listens for so long, nobody is taken to be there. */
const CONNECT_PATIENCE_US = 3_500_000;

const BACKLOG_SAMPLE_US = 200_000;

/** What becomes of a request that waited for a connection until the end. */
const NEVER_SENT: ConnectionFault = Object.freeze({ class: 'never sent', neverSent: true });

/** One connection and who sends over it: requests of one producer follow each other. */
interface Slot {
  readonly producer: number;
  readonly connection: OpenConnection;
  /** Times in a row that it could not be opened. */
  refusals: number;
}

interface StepTally {
  readonly firstRequest: number;
  readonly wakeLag: Histogram;
  readonly backlog: BacklogSample[];
  intended: number;
  achieved: number;
  failed: number;
  gaveUp: boolean;
}

/**
 * The producers of an open loop: requests are due at the times of a schedule, whatever became of the last ones. One that
 * finds no connection free waits for the next, first come, first served; its latency counts from when it was due. None is
 * left out: each has its place in the ledger from the moment it is due, and an outcome in the end.
 *
 * Where no connection can be opened, requests fail at once, and connections are tried again after growing pauses.
 */
export class OpenProducers implements Disposable {
  readonly #order: LoadOrder;
  readonly #session: PushSession;
  readonly #clock: LoadClock;
  readonly #slots: readonly Slot[];
  readonly #free = new Fifo<Slot>();
  readonly #waiting = new Fifo<number>();
  readonly #pauses = new Set<NodeJS.Timeout>();
  readonly #maxWaiting: number;
  #pacer: Pacer | undefined;
  #tally: StepTally | undefined;
  #requests = 0;
  /** Due and not over. */
  #backlog = 0;
  #refusedSinceUs: number | undefined;
  #lastRefusal = '';

  /** `connections` of them are opened as they are needed; `maxWaiting` requests at most wait for one. */
  constructor(
    order: LoadOrder,
    session: PushSession,
    options: { readonly clock: LoadClock; readonly connections: number; readonly maxWaiting?: number },
  ) {
    const { route, batch } = order.load;
    this.#order = order;
    this.#session = session;
    this.#clock = options.clock;
    this.#maxWaiting = options.maxWaiting ?? Math.ceil(WAITING_MESSAGES / batch);
    this.#slots = Array.from({ length: options.connections }, (_, producer) => ({
      ...{ producer, connection: new OpenConnection(order.baseUrl, PUSH_PATH[route]), refusals: 0 },
    }));
    for (const slot of this.#slots) this.#free.push(slot);
    session.join(this);
  }

  get isBusy(): boolean {
    return this.#backlog > 0;
  }

  /** Requests that are due and not over. */
  get backlog(): number {
    return this.#backlog;
  }

  /**
   * Lets the requests of one stretch become due, and resolves at its end, or early when the session ends, its messages are
   * all due, the signal aborts, or it was given up; requests may be open then. Several stretches may follow each other, one
   * at a time.
   */
  async runStep(schedule: ArrivalSchedule, signal?: AbortSignal): Promise<OpenStep> {
    if (this.#pacer !== undefined) throw new Error('a stretch was begun before the last one was over');
    const tally: StepTally = {
      firstRequest: this.#session.ledger.requests,
      ...{ wakeLag: newLatencyHistogram(), backlog: [], intended: 0, achieved: 0, failed: 0, gaveUp: false },
    };
    const pacer = new Pacer({
      ...{ schedule, clock: this.#clock, restUs: BACKLOG_SAMPLE_US },
      onDue: (intendedUs, nowUs) => this.#intend(tally, intendedUs, nowUs),
      onCaughtUp: (nowUs) => this.#catchUp(tally, nowUs),
    });
    [this.#pacer, this.#tally] = [pacer, tally];
    const stop = () => pacer.stop();
    signal?.addEventListener('abort', stop);
    if (signal?.aborted === true || !this.#session.wantsMore) stop();
    const { toUs } = await pacer.ended;
    signal?.removeEventListener('abort', stop);
    [this.#pacer, this.#tally] = [undefined, undefined];
    const { wakeLag, ...counts } = tally;
    const lastRequest = this.#session.ledger.requests;
    return { fromUs: pacer.fromUs, toUs, lastRequest, ...counts, wakeLag: encodeHistogram(wakeLag) };
  }

  /** What the session needs when it ends: nothing more becomes due, and what waits is still sent. */
  stop(): void {
    this.#pacer?.stop();
  }

  abandon(): void {
    this.#endWaiting(NEVER_SENT, false);
    for (const { connection } of this.#slots) connection.cut();
  }

  /** Closes the connections. */
  [Symbol.dispose](): void {
    for (const pause of this.#pauses) clearTimeout(pause);
    for (const { connection } of this.#slots) connection.cut();
  }

  #intend(tally: StepTally, intendedUs: number, nowUs: number): void {
    // The last of a number of messages was due in the same burst.
    if (!this.#session.wantsMore) return;
    const { partitions, batch } = this.#order.load;
    recordLatency(tally.wakeLag, nowUs - intendedUs);
    const partition = this.#requests % partitions;
    this.#requests += 1;
    this.#waiting.push(this.#session.intend({ producer: 0, partition, batch, intendedUs }));
    this.#backlog += 1;
    tally.intended += 1;
  }

  #catchUp(tally: StepTally, nowUs: number): void {
    this.#sendWaiting();
    if (this.#waiting.length > this.#maxWaiting) this.#giveUp(tally);
    const last = tally.backlog.at(-1);
    if (last === undefined || nowUs - last.atUs >= BACKLOG_SAMPLE_US) {
      tally.backlog.push({ atUs: nowUs, backlog: this.#backlog });
    }
    if (this.#session.wantsMore) return;
    // The last of a number of messages is due.
    this.stop();
    this.#session.finishIfIdle();
  }

  #sendWaiting(): void {
    while (this.#waiting.length > 0) {
      const slot = this.#free.shift();
      if (slot === undefined) break;
      this.#send(slot, this.#waiting.shift() as number);
    }
    const isNobodyThere = this.#pauses.size === this.#slots.length;
    if (isNobodyThere) this.#endWaiting({ class: `no connection: ${this.#lastRefusal}`, neverSent: true }, true);
  }

  #send(slot: Slot, request: number): void {
    const push = this.#session.send(request, slot.producer);
    slot.connection.post(push.body, {
      onReply: (httpStatus, body) => this.#settle(slot, push, httpStatus, body),
      onFault: (fault) => this.#release(slot, push, fault),
    });
  }

  #settle(slot: Slot, push: Push, httpStatus: number, body: string): void {
    const { ledger } = this.#session;
    const { request } = push;
    const acknowledged = this.#session.settle(push, httpStatus, body);
    slot.refusals = 0;
    this.#refusedSinceUs = undefined;
    this.#count(request, acknowledged === ledger.firstMessage(request + 1) - ledger.firstMessage(request));
    this.#setFree(slot);
  }

  #release(slot: Slot, { request }: Push, fault: ConnectionFault): void {
    this.#session.fail(request, fault);
    this.#count(request, false);
    if (!fault.neverSent) this.#setFree(slot);
    else this.#pause(slot, fault);
  }

  #setFree(slot: Slot): void {
    this.#free.push(slot);
    this.#sendWaiting();
    this.#session.finishIfIdle();
  }

  /** The connection could not be opened, and is not tried again for a while. */
  #pause(slot: Slot, fault: ConnectionFault): void {
    slot.refusals += 1;
    this.#lastRefusal = fault.class;
    const pause = setTimeout(() => {
      this.#pauses.delete(pause);
      this.#setFree(slot);
    }, reconnectPauseMs(slot.refusals));
    this.#pauses.add(pause);
    const nowUs = this.#clock.nowUs();
    this.#refusedSinceUs ??= nowUs;
    const refusedUs = nowUs - this.#refusedSinceUs;
    if (refusedUs >= CONNECT_PATIENCE_US && !this.#order.persistent) {
      const seconds = (refusedUs / 1_000_000).toFixed(1);
      this.#session.giveUp(fault.class, `no connection for ${seconds} s; nobody answers at ${this.#order.baseUrl}`);
    }
    this.#sendWaiting();
    this.#session.finishIfIdle();
  }

  /** A request of the present stretch or of one before is over. */
  #count(request: number, isAchieved: boolean): void {
    this.#backlog -= 1;
    if (this.#tally === undefined || request < this.#tally.firstRequest) return;
    if (isAchieved) this.#tally.achieved += 1;
    else this.#tally.failed += 1;
  }

  #giveUp(tally: StepTally): void {
    const waiting = this.#waiting.length;
    tally.gaveUp = true;
    this.#session.noteEnd(
      'load given up: backlog',
      `${waiting} requests waited for one of ${this.#slots.length} connections`,
    );
    this.#pacer?.stop();
    this.#endWaiting(NEVER_SENT, false);
  }

  /** Ends all that waits. What was tried has a time of sending: the server was not there for it. */
  #endWaiting(fault: ConnectionFault, wasTried: boolean): void {
    for (let request = this.#waiting.shift(); request !== undefined; request = this.#waiting.shift()) {
      if (wasTried) this.#session.ledger.send(request, 0, this.#clock.nowUs());
      this.#session.fail(request, fault);
      this.#count(request, false);
    }
  }
}
