import { ConsumerHistory } from '../history/consumer-history.ts';
import type { RunEvidence } from '../history/evidence.ts';
import type { FaultRecord } from '../history/fault-record.ts';
import type { ItemOutcome } from '../history/item-outcome.ts';
import { Ledger } from '../history/ledger.ts';
import { Repeats } from '../history/repeats.ts';
import type { Settlement, SettleOutcome } from '../history/settlement.ts';
import { seededRandom } from '../measure/seeded-random.ts';
import { evidence } from './checkers-evidence.ts';
import { type Given, type ModelDefect, ModelQueue } from './model-queue.ts';
import { toldDeadLetters, us } from './told-run.ts';

/** Something that goes on for a while; yields how long until it goes on, in milliseconds. */
type Activity = Generator<number, void, void>;

interface Appointment {
  atMs: number;
  readonly activity: Activity;
}

const PARTITIONS = 2;
const GROUPS = ['', 'b'];
const RETRY_LIMIT = 2;
const LEASE_MS = 300;
const PRODUCERS = 3;
const REQUESTS = 12;
const CONSUMERS = 2;
/** Nothing in a run takes so long unless it is stuck. */
const LONGEST_MS = 60_000;

/**
 * A run of producers, consumers and a model server with everything that may happen to them, from a seed: requests at once,
 * answers that come late or not at all, requests sent again, outages with a buffer, nacks, leases that run out, late
 * acks, crashes. Without a defect the evidence is that of a server without fault.
 */
export function modelRun(seed: number, defect: ModelDefect = 'none'): RunEvidence {
  return new ModelRun(seed, defect).evidence();
}

class ModelRun {
  readonly #random: () => number;
  readonly #server: ModelQueue;
  readonly #ledger = new Ledger('m');
  readonly #repeats = new Repeats('m');
  readonly #history = new ConsumerHistory(GROUPS);
  readonly #faults: FaultRecord[] = [];
  readonly #agenda: Appointment[] = [];
  #nowMs = 0;
  #pushing = PRODUCERS;
  readonly #drainsWithAutoAck: boolean;

  constructor(seed: number, defect: ModelDefect) {
    this.#random = seededRandom(seed);
    this.#drainsWithAutoAck = this.#random() < 0.5;
    const options = { partitions: PARTITIONS, groups: GROUPS.length, leaseMs: LEASE_MS, retryLimit: RETRY_LIMIT };
    this.#server = new ModelQueue({ ...options, defect, random: this.#random });
    for (let producer = 0; producer < PRODUCERS; producer += 1) this.#begin(this.#produce(producer));
    for (const group of GROUPS.keys()) {
      for (let consumer = 0; consumer < CONSUMERS; consumer += 1) this.#begin(this.#consume(consumer, group));
    }
    this.#begin(this.#failNowAndThen());
    this.#run();
  }

  evidence(): RunEvidence {
    const { messages } = this.#ledger;
    const { rows, deadLetters } = this.#server;
    const none = { count: 0, examples: [] };
    const countByMessage = Uint8Array.from({ length: messages }, (_, message) => rows.get(message) ?? 0);
    const stored = countByMessage.reduce((sum, count) => sum + count, 0);
    return evidence(
      {
        repeats: this.#repeats,
        consumption: {
          history: this.#history,
          drained: GROUPS.map(() => true),
          unexpected: none,
          altered: none,
          malformed: none,
        },
        promises: { partitions: PARTITIONS, leaseMs: LEASE_MS, retryLimit: RETRY_LIMIT, encrypted: false, faults: [] },
        rows: { rows: stored, countByMessage, unexpected: none, idMismatches: none, distinctMessageIds: stored },
        deadLetters: toldDeadLetters(messages, [...deadLetters]),
        faults: this.#faults,
      },
      { ledger: this.#ledger, stored: [], delivered: [] },
    );
  }

  #begin(activity: Activity): void {
    this.#agenda.push({ atMs: this.#nowMs, activity });
  }

  #run(): void {
    while (this.#agenda.length > 0) {
      let next = 0;
      for (const [index, { atMs }] of this.#agenda.entries()) {
        if (atMs < (this.#agenda[next]?.atMs ?? 0)) next = index;
      }
      const entry = this.#agenda[next] as Appointment;
      this.#nowMs = entry.atMs;
      if (this.#nowMs > LONGEST_MS) throw new Error('the model run does not end');
      const { done, value } = entry.activity.next();
      if (done === true) this.#agenda.splice(next, 1);
      else entry.atMs += value;
    }
  }

  #chance(share: number): boolean {
    return this.#random() < share;
  }

  /** A time of a journey over the network, mostly short. */
  #while(mostMs: number): number {
    return this.#random() ** 3 * mostMs + 0.001;
  }

  *#produce(producer: number): Activity {
    for (let request = 0; request < REQUESTS; request += 1) {
      const partition = Math.floor(this.#random() * PARTITIONS);
      const messages = 1 + Math.floor(this.#random() * 3);
      const intent = { producer, partition, messages, invokedUs: us(this.#nowMs) };
      const number = this.#ledger.open(intent);
      const first = this.#ledger.firstMessage(number);
      const carried = Array.from({ length: messages }, (_, nth) => first + nth);
      if (this.#chance(0.2)) this.#begin(this.#repeat(number, { ...intent, carried }, this.#while(200)));
      yield* this.#send(this.#ledger, number, partition, carried);
      yield this.#while(30);
    }
    this.#pushing -= 1;
  }

  *#repeat(
    original: number,
    { carried, ...intent }: { producer: number; partition: number; messages: number; carried: readonly number[] },
    pauseMs: number,
  ): Activity {
    this.#pushing += 1;
    yield pauseMs;
    const repeat = this.#repeats.open(original, this.#chance(0.5), { ...intent, invokedUs: us(this.#nowMs) });
    yield* this.#send(this.#repeats.ledger, repeat, intent.partition, carried);
    this.#pushing -= 1;
  }

  /** One attempt, to its end as its producer sees it. */
  *#send(ledger: Ledger, request: number, partition: number, carried: readonly number[]): Activity {
    const first = ledger.firstMessage(request);
    const fate = this.#random();
    yield this.#while(20);
    let answers: readonly ItemOutcome[] = carried.map(() => (fate < 0.05 ? 'failed' : 'indeterminate'));
    if (fate >= 0.05 && fate < 0.1) this.#begin(this.#arriveLate(partition, carried));
    else if (fate >= 0.15) {
      const told = this.#server.push(partition, carried);
      if (fate >= 0.2) answers = told;
    }
    yield this.#while(20);
    for (const [nth, answer] of answers.entries()) ledger.setOutcome(first + nth, answer);
    ledger.complete(request, us(this.#nowMs), 201);
  }

  *#arriveLate(partition: number, carried: readonly number[]): Activity {
    this.#pushing += 1;
    yield this.#while(300);
    this.#server.push(partition, carried);
    this.#pushing -= 1;
  }

  *#failNowAndThen(): Activity {
    while (this.#pushing > 0) {
      yield 30 + this.#while(200);
      const invokedUs = us(this.#nowMs);
      this.#server.isDown = true;
      yield this.#while(60);
      this.#server.isDown = false;
      const healedUs = us(this.#nowMs);
      const times = { invokedUs, injectedUs: invokedUs, healInvokedUs: healedUs, healedUs };
      this.#faults.push({ kind: 'postgres-pause', between: undefined, ...times, outcome: 'injected', detail: '' });
      yield this.#while(40);
      this.#server.replay();
    }
  }

  *#consume(consumer: number, group: number): Activity {
    for (;;) {
      const isDraining = this.#pushing === 0 && !this.#server.isDown;
      if (isDraining && this.#server.isEmpty(group, this.#nowMs)) return;
      const autoAck = isDraining && this.#drainsWithAutoAck;
      const pop = this.#history.openPop({ consumer, group, invokedUs: us(this.#nowMs) });
      yield this.#while(10);
      const given = yield* this.#wait(group, { autoAck, mostMs: this.#while(80) });
      yield this.#while(this.#chance(0.05) ? 3 * LEASE_MS : 10);
      const isLost = !isDraining && this.#chance(0.05);
      const leaseId = given?.lease && `lease ${given.lease.id}`;
      const httpStatus = isLost ? 0 : given === undefined ? 204 : 200;
      this.#history.completePop(pop, { completedUs: us(this.#nowMs), httpStatus, leaseId });
      if (given !== undefined && !isLost) yield* this.#handle(pop, given, isDraining);
      yield this.#while(10);
    }
  }

  *#wait(
    group: number,
    { autoAck, mostMs }: { readonly autoAck: boolean; readonly mostMs: number },
  ): Generator<number, Given | undefined, void> {
    const untilMs = this.#nowMs + mostMs;
    for (;;) {
      const batch = 1 + Math.floor(this.#random() * 4);
      const given = this.#server.pop(group, batch, { nowMs: this.#nowMs, autoAck });
      if (given !== undefined || this.#nowMs > untilMs) return given;
      yield 3;
    }
  }

  *#handle(pop: number, given: Given, isDraining: boolean): Activity {
    const first = this.#history.deliveries;
    for (const message of given.messages) this.#history.deliver(pop, message, given.partition);
    const settle = (outcome: SettleOutcome) => {
      for (const nth of given.messages.keys()) this.#history.setOutcome(first + nth, outcome);
    };
    if (given.lease === undefined) {
      this.#history.openSettlement(pop, 'autoAck', us(this.#nowMs));
      settle('completed');
      return;
    }
    yield this.#while(20);
    const habit = isDraining ? 1 : this.#random();
    const settlement: Settlement = habit < 0.1 ? 'crash' : habit < 0.25 ? 'expire' : habit < 0.4 ? 'nack' : 'ack';
    if (settlement === 'crash' || (settlement === 'expire' && this.#chance(0.5))) {
      this.#history.openSettlement(pop, settlement, us(this.#nowMs));
      return;
    }
    if (settlement === 'expire') yield LEASE_MS + this.#while(300);
    this.#history.openSettlement(pop, settlement, us(this.#nowMs));
    yield this.#while(20);
    const isLost = !isDraining && this.#chance(0.1);
    const arrives = !isLost || this.#chance(0.5);
    const word = settlement === 'nack' ? 'failed' : 'completed';
    const outcome = arrives ? this.#server.settle(given, word, this.#nowMs) : 'indeterminate';
    yield this.#while(20);
    this.#history.completeSettlement(pop, us(this.#nowMs), isLost ? 0 : 200);
    settle(isLost ? 'indeterminate' : outcome);
  }
}
