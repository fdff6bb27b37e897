import { PUSH_PATH } from '../target/wire.ts';
import { type ConnectionFault, REPLY_TIMEOUT_MS } from './connection-fault.ts';
import type { LoadOrder } from './load-outcome.ts';
import { type ConnectionDuty, openConnections, type PushTarget } from './paced-connection.ts';
import type { Push, PushSession } from './push-session.ts';
import { reconnectPauseMs } from './reconnect-pause.ts';

/** Failed connections in a row, per producer, after which nobody is taken to be there: about 3.5 s. */
const CONNECT_FAILURE_LIMIT = 8;

interface Producer {
  readonly number: number;
  readonly batch: number;
  /** Pause after each answer. */
  readonly pauseMs: number;
  requests: number;
  openPush: Push | undefined;
  /** Requests in a row that were not answered, or with HTTP 5xx. */
  barren: number;
}

/**
 * The producers of a closed loop: each has one connection at a time, sends its next request when the last one was
 * answered, and goes to the partitions in turn, starting at its own number so that all get equal shares. A producer whose
 * connection was cut, or who was answered HTTP 5xx, opens another, after a growing pause while that goes on. Bulk producers
 * do the same with larger requests and pauses.
 */
export class Producers {
  readonly #order: LoadOrder;
  readonly #session: PushSession;
  readonly #target: PushTarget;
  readonly #producers: readonly Producer[];
  readonly #cuts = new Map<Producer, () => void>();
  readonly #reconnects = new Map<Producer, NodeJS.Timeout>();
  #connectFailures = 0;

  /** So many ordinary producers, and those of bulk; the first has number `first`. */
  constructor(order: LoadOrder, session: PushSession, ordinary: number, first = 0) {
    const { batch, route, bulk } = order.load;
    this.#order = order;
    this.#session = session;
    this.#target = { origin: order.baseUrl, path: PUSH_PATH[route], timeoutMs: REPLY_TIMEOUT_MS };
    const habits = [
      ...Array.from({ length: ordinary }, () => ({ batch, pauseMs: 0 })),
      ...Array.from({ length: bulk.producers }, () => ({ batch: bulk.batch, pauseMs: bulk.pauseMs })),
    ];
    this.#producers = habits.map((habit, index) => ({
      ...{ number: first + index, ...habit, requests: 0, openPush: undefined, barren: 0 },
    }));
    session.join(this);
  }

  get isBusy(): boolean {
    return this.#cuts.size > 0 || this.#reconnects.size > 0;
  }

  /** Opens every producer's connection; with few messages to send, no more connections than requests. */
  start(): void {
    let planned = 0;
    this.#connect(
      this.#producers.filter((producer) => {
        const isNeeded = planned < this.#session.messagesLeft;
        planned += producer.batch;
        return isNeeded;
      }),
    );
  }

  /** What the session needs when it ends. */
  stop(): void {
    for (const timer of this.#reconnects.values()) clearTimeout(timer);
    this.#reconnects.clear();
  }

  abandon(): void {
    for (const cut of [...this.#cuts.values()]) cut();
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
      nextBody: () => this.#nextBody(producer),
      onReply: (httpStatus, body) => {
        this.#settle(producer, httpStatus, body);
        return this.#session.wantsMore && producer.barren === 0 && producer.pauseMs === 0;
      },
      onOver: (fault) => this.#release(producer, fault),
    };
  }

  #nextBody(producer: Producer): string {
    const { number, batch, requests } = producer;
    const partition = (number + requests) % this.#order.load.partitions;
    producer.requests += 1;
    const request = this.#session.intend({ producer: number, partition, batch });
    producer.openPush = this.#session.send(request, number);
    return producer.openPush.body;
  }

  #settle(producer: Producer, httpStatus: number, body: string): void {
    const push = producer.openPush;
    if (push === undefined) throw new Error('a reply was handed over although no request was open');
    producer.openPush = undefined;
    producer.barren = httpStatus >= 500 ? producer.barren + 1 : 0;
    this.#connectFailures = 0;
    this.#session.settle(push, httpStatus, body);
  }

  #release(producer: Producer, fault: ConnectionFault | undefined): void {
    this.#cuts.delete(producer);
    const push = producer.openPush;
    if (push !== undefined && fault !== undefined) {
      producer.openPush = undefined;
      producer.barren += 1;
      this.#session.fail(push.request, fault);
      if (fault.neverSent) this.#countConnectFailure(fault);
    }
    if (this.#session.wantsMore) this.#reconnect(producer);
    this.#session.finishIfIdle();
  }

  #countConnectFailure(fault: ConnectionFault): void {
    this.#connectFailures += 1;
    if (this.#order.persistent || this.#connectFailures < CONNECT_FAILURE_LIMIT * this.#producers.length) return;
    this.#session.giveUp(
      fault.class,
      `${this.#connectFailures} connections in a row failed; nobody answers at ${this.#order.baseUrl}`,
    );
  }

  #reconnect(producer: Producer): void {
    const timer = setTimeout(
      () => {
        this.#reconnects.delete(producer);
        // The last messages may have been sent by others in the meantime.
        if (this.#session.wantsMore) this.#connect([producer]);
        else this.#session.finishIfIdle();
      },
      Math.max(reconnectPauseMs(producer.barren), producer.pauseMs),
    );
    this.#reconnects.set(producer, timer);
  }
}
