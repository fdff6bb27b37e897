import { setTimeout as sleep } from 'node:timers/promises';
import type { Settlement } from '../history/settlement.ts';
import { monotonicUs } from '../measure/monotonic-clock.ts';
import type { PoppedMessage } from '../target/decode-pop-reply.ts';
import { ACK_BATCH_PATH, popQueuePath } from '../target/wire.ts';
import { ConsumerConnection } from './consumer-connection.ts';
import type { ConsumerGroup } from './consumer-group.ts';
import type { SettleWord } from './consumption-record.ts';
import type { ErrorMoment } from './error-tally.ts';
import { errorClassOf, type HttpAnswer, mayHaveBeenServed } from './http-answer.ts';
import { settlementBody } from './settlement-body.ts';
import type { Shift } from './shift.ts';

interface Popped {
  readonly pop: number;
  readonly completedUs: number;
  readonly firstDelivery: number;
  readonly messages: readonly PoppedMessage[];
}

/** Longest wait of a long poll: short, so that a drain begins soon. */
const WAIT_MS = 1_000;
/** Longer than any statement time-out a server is likely to have, so that the server's own answer comes first. */
const REPLY_TIMEOUT_MS = 30_000;
/** A request that was open when the load ended, and still is so much later, is taken for lost in a fault. */
const DRAIN_PATIENCE_MS = 10_000;

/** Pause after an empty answer, twice as long each time: a consumer without work must not take the others' CPU. */
const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 80;
/** Pause when nothing was answered, or nothing sensible. */
const FIRST_TROUBLE_PAUSE_MS = 50;
const LONGEST_TROUBLE_PAUSE_MS = 1_000;

/** A late ack is sent this long after the end of its lease by our clock: the database's began earlier. */
const LATE_MS = 300;
/** Of the share of crashes, so much is added as cuts of pops that were not answered yet. */
const EARLY_CUTS = 0.25;
const LONGEST_BEFORE_CUT_MS = { waiting: WAIT_MS / 2, running: 20 };
/** Of the pops whose lease runs out, so many are acknowledged after that. */
const LATE_ACKS = 0.5;

const MAX_QUOTE = 200;

/**
 * A consumer as applications have them, with their bad days: it pops a batch from the whole queue, whatever its partition,
 * and acknowledges it under the lease it came with, reports it as failed, lets the lease run out or loses its connection,
 * as the shares of the scenario and the seed decide. Nothing that happens to a request ends it: it records what it does not
 * know, and tries again after a growing pause.
 */
export class Consumer {
  /** Index in its group. */
  readonly #index: number;
  readonly #number: number;
  readonly #group: ConsumerGroup;
  readonly #shift: Shift;
  readonly #random: () => number;
  readonly #connection: ConsumerConnection;
  readonly #popPath: string;
  readonly #ready = Promise.withResolvers<void>();
  #isReady = false;
  #requests = 0;
  /** The request under way was cut here, on purpose. */
  #isCut = false;
  #pauseMs = FIRST_PAUSE_MS;
  #troublePauseMs = FIRST_TROUBLE_PAUSE_MS;

  constructor(
    place: { readonly index: number; readonly number: number; readonly group: ConsumerGroup },
    shift: Shift,
    random: () => number,
  ) {
    this.#index = place.index;
    this.#number = place.number;
    this.#group = place.group;
    this.#shift = shift;
    this.#random = random;
    this.#connection = new ConsumerConnection(shift.baseUrl, REPLY_TIMEOUT_MS);
    const { name } = place.group;
    // A group that is new to the server begins with the first message, whatever the server's default.
    const group = name === '' ? '' : `&consumerGroup=${encodeURIComponent(name)}&subscriptionMode=all`;
    this.#popPath = `${popQueuePath(shift.queue)}?batch=${shift.habits.batch}${group}`;
  }

  /** Resolves with the first clear answer to a pop: the group is made then. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** Works until the load is over and its group has everything, the time is over, or it is time to leave. */
  async work(): Promise<void> {
    const { draining, ends, leaves } = this.#shift;
    let patience: NodeJS.Timeout | undefined;
    const cut = () => this.#cut();
    const loseLost = () => {
      const open = this.#requests;
      patience = setTimeout(() => {
        if (this.#requests === open) cut();
      }, DRAIN_PATIENCE_MS);
    };
    draining.addEventListener('abort', loseLost, { once: true });
    ends.addEventListener('abort', cut, { once: true });
    try {
      while (!ends.aborted && leaves?.aborted !== true && !(draining.aborted && this.#group.watch.isEmpty)) {
        const popped = await this.#pop();
        if (popped !== undefined) await this.#settle(popped);
      }
    } finally {
      clearTimeout(patience);
      cut();
    }
  }

  async #pop(): Promise<Popped | undefined> {
    const { record, habits, meter, draining } = this.#shift;
    const waits = habits.wait && this.#isReady && !draining.aborted;
    const wasEmpty = this.#group.watch.ask(this.#index);
    const askedUs = monotonicUs();
    const pop = record.history.openPop({ consumer: this.#number, group: this.#group.index, invokedUs: askedUs });
    const accident = this.#planAccident(pop, waits);
    const answer = await this.#request(waits ? `${this.#popPath}&wait=true&timeout=${WAIT_MS}` : this.#popPath);
    clearTimeout(accident);
    const completedUs = monotonicUs();
    const messages = record.readPop(answer);
    record.history.completePop(pop, { completedUs, httpStatus: answer.httpStatus, leaseId: messages?.[0]?.leaseId });
    if (messages === undefined) {
      // A request that waits may be served until its wait is over, if the server does not see that nobody is there.
      if (mayHaveBeenServed(answer)) this.#group.isUnclear(completedUs + (waits ? WAIT_MS * 1_000 : 0));
      await this.#recover('pop', answer, { fromUs: askedUs, toUs: completedUs });
      return undefined;
    }
    this.#isReady = true;
    this.#ready.resolve();
    this.#troublePauseMs = FIRST_TROUBLE_PAUSE_MS;
    if (messages.length === 0) {
      if (this.#group.wouldTell(askedUs)) wasEmpty();
      await this.#rest(completedUs - askedUs);
      return undefined;
    }
    meter.popped(askedUs, completedUs);
    this.#group.watch.change();
    this.#pauseMs = FIRST_PAUSE_MS;
    return { pop, completedUs, messages, firstDelivery: record.deliver(pop, messages) };
  }

  /** Decides by chance whether this pop is cut before it is answered; returns the timer that would do it. */
  #planAccident(pop: number, waits: boolean): NodeJS.Timeout | undefined {
    const { habits, draining, record } = this.#shift;
    if (habits.crash === 0 || draining.aborted || !this.#isReady) return undefined;
    if (this.#random() >= habits.crash * EARLY_CUTS) return undefined;
    const afterMs = this.#random() * (waits ? LONGEST_BEFORE_CUT_MS.waiting : LONGEST_BEFORE_CUT_MS.running);
    return setTimeout(() => {
      record.history.openSettlement(pop, 'crash', monotonicUs());
      this.#cut();
    }, afterMs);
  }

  async #settle(popped: Popped): Promise<void> {
    const { habits, draining, record } = this.#shift;
    const { pop, completedUs, messages } = popped;
    const settlement = this.#choose();
    this.#shift.inHand += messages.length;
    if (settlement === 'ack' || settlement === 'nack') {
      if (habits.thinkMs > 0) await pause(habits.thinkMs, draining);
      await this.#send(popped, settlement);
    } else {
      record.history.openSettlement(pop, settlement, monotonicUs());
      this.#group.mayBeLeased(completedUs);
      if (settlement === 'crash') this.#cut();
      else if (this.#random() < LATE_ACKS) await this.#sendLate(popped);
    }
    this.#shift.inHand -= messages.length;
  }

  #choose(): Settlement {
    const { habits, draining } = this.#shift;
    const { nack, expire, crash } = habits;
    if (draining.aborted || nack + expire + crash === 0) return 'ack';
    const chance = this.#random();
    if (chance < nack) return 'nack';
    if (chance < nack + expire) return 'expire';
    return chance < nack + expire + crash ? 'crash' : 'ack';
  }

  async #sendLate(popped: Popped): Promise<void> {
    const { leaseMs, draining } = this.#shift;
    const elapsedMs = (monotonicUs() - popped.completedUs) / 1_000;
    await pause(leaseMs + LATE_MS - elapsedMs, draining);
    if (!draining.aborted) await this.#send(popped, 'expire');
  }

  /** Settles a pop; whatever comes back, the outcome is recorded. */
  async #send({ pop, completedUs, firstDelivery, messages }: Popped, settlement: Settlement): Promise<void> {
    const { record, meter } = this.#shift;
    const word: SettleWord = settlement === 'nack' ? 'failed' : 'completed';
    const body = settlementBody(messages, word, this.#group.name);
    const sentUs = monotonicUs();
    record.history.openSettlement(pop, settlement, sentUs);
    const answer = await this.#request(ACK_BATCH_PATH, body);
    const answeredUs = monotonicUs();
    record.history.completeSettlement(pop, answeredUs, answer.httpStatus);
    const { completed, isWhole } = record.settle(firstDelivery, messages, word, answer);
    if (settlement === 'ack' && answer.httpStatus !== 0) meter.acked(sentUs, completed);
    if (isWhole) this.#group.watch.change();
    else this.#group.mayBeLeased(completedUs);
    if (answer.httpStatus === 0 || answer.httpStatus >= 400) {
      await this.#recover('ack', answer, { fromUs: sentUs, toUs: answeredUs });
    }
  }

  async #request(path: string, body?: string): Promise<HttpAnswer> {
    this.#requests += 1;
    this.#isCut = false;
    return await this.#connection.request(path, body);
  }

  #cut(): void {
    this.#isCut = true;
    this.#connection.cut();
  }

  /** Takes down an answer that helps nobody, or none, and pauses. */
  async #recover(asked: 'pop' | 'ack', answer: HttpAnswer, underWay: Omit<ErrorMoment, 'outcome'>): Promise<void> {
    const { httpStatus, text } = answer;
    const errorClass = errorClassOf(answer);
    if (errorClass !== undefined && !this.#isCut) {
      this.#shift.errors.add(`${asked} ${errorClass}`, text, { ...underWay, outcome: undefined });
    }
    this.#group.hasTrouble(httpStatus === 0 ? text : `HTTP ${httpStatus}: ${text.slice(0, MAX_QUOTE)}`);
    await pause(this.#troublePauseMs, this.#shift.ends);
    this.#troublePauseMs = Math.min(this.#troublePauseMs * 2, LONGEST_TROUBLE_PAUSE_MS);
  }

  /** A pause after an empty answer, unless the server has made it itself. */
  async #rest(waitedUs: number): Promise<void> {
    const { draining, ends, leaves } = this.#shift;
    const { watch } = this.#group;
    if (waitedUs > WAIT_MS * 500) return;
    do {
      await pause(this.#pauseMs, ends);
      this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS);
    } while (
      draining.aborted &&
      !ends.aborted &&
      leaves?.aborted !== true &&
      watch.hasHeard(this.#index) &&
      !watch.isEmpty
    );
  }
}

/** Resolves after so long, or when the signal is aborted. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  // Only an abort rejects, and it is what the pause may end with.
  await sleep(Math.max(ms, 0), undefined, { signal }).catch(() => undefined);
}
