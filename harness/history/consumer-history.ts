import { Column } from './column.ts';
import { SETTLE_OUTCOME_CODE, SETTLEMENT_CODE, type Settlement, type SettleOutcome } from './settlement.ts';

/** Stands for a delivered message whose transaction id this run never makes. */
export const STRANGER = 0xffff_ffff;

/** Stands for a partition whose name this run never makes. */
export const NO_PARTITION = 0xffff;

/** A history as it crosses processes and stands in files: its columns, trimmed to length. */
export interface ConsumerHistoryTransfer {
  readonly groups: readonly string[];
  readonly consumer: Uint16Array;
  readonly group: Uint8Array;
  readonly httpStatus: Uint16Array;
  readonly lease: Uint32Array;
  readonly settlement: Uint8Array;
  readonly settleStatus: Uint16Array;
  readonly invokedUs: Float64Array;
  readonly completedUs: Float64Array;
  readonly settleInvokedUs: Float64Array;
  readonly settleCompletedUs: Float64Array;
  /** One entry a delivery from here on. */
  readonly deliveryPop: Uint32Array;
  readonly message: Uint32Array;
  readonly partition: Uint16Array;
  readonly outcome: Uint8Array;
}

/** A pop as it is opened. */
export interface PopIntent {
  readonly consumer: number;
  /** Index in the history's groups. */
  readonly group: number;
  readonly invokedUs: number;
}

/**
 * Everything consumers asked for and were given: one row a pop with how its messages were settled, and twelve bytes a
 * delivery. The intent is recorded before it is sent. A pop has one settlement, for all its messages.
 *
 * Times are microseconds on the machine's monotonic clock, as in {@link Ledger}; 0 where nothing happened.
 */
export class ConsumerHistory {
  /** Names of the consumer groups; the empty name is the queue mode. */
  readonly groups: readonly string[];
  readonly #leaseNumbers = new Map<string, number>();
  readonly #consumer: Column<Uint16Array>;
  readonly #group: Column<Uint8Array>;
  readonly #httpStatus: Column<Uint16Array>;
  readonly #lease: Column<Uint32Array>;
  readonly #settlement: Column<Uint8Array>;
  readonly #settleStatus: Column<Uint16Array>;
  readonly #invokedUs: Column<Float64Array>;
  readonly #completedUs: Column<Float64Array>;
  readonly #settleInvokedUs: Column<Float64Array>;
  readonly #settleCompletedUs: Column<Float64Array>;
  readonly #deliveryPop: Column<Uint32Array>;
  readonly #message: Column<Uint32Array>;
  readonly #partition: Column<Uint16Array>;
  readonly #outcome: Column<Uint8Array>;

  /** An empty history of these groups, or the one that {@link toTransfer} took apart: its arrays are kept. */
  constructor(from: readonly string[] | ConsumerHistoryTransfer) {
    const columns = 'groups' in from ? from : emptyColumns(from);
    this.groups = columns.groups;
    this.#consumer = new Column(columns.consumer);
    this.#group = new Column(columns.group);
    this.#httpStatus = new Column(columns.httpStatus);
    this.#lease = new Column(columns.lease);
    this.#settlement = new Column(columns.settlement);
    this.#settleStatus = new Column(columns.settleStatus);
    this.#invokedUs = new Column(columns.invokedUs);
    this.#completedUs = new Column(columns.completedUs);
    this.#settleInvokedUs = new Column(columns.settleInvokedUs);
    this.#settleCompletedUs = new Column(columns.settleCompletedUs);
    this.#deliveryPop = new Column(columns.deliveryPop);
    this.#message = new Column(columns.message);
    this.#partition = new Column(columns.partition);
    this.#outcome = new Column(columns.outcome);
  }

  /** Records the intent to pop; returns the pop's number. */
  openPop({ consumer, group, invokedUs }: PopIntent): number {
    this.#consumer.push(consumer);
    this.#group.push(group);
    this.#httpStatus.push(0);
    this.#lease.push(0);
    this.#settlement.push(0);
    this.#settleStatus.push(0);
    this.#completedUs.push(0);
    this.#settleInvokedUs.push(0);
    this.#settleCompletedUs.push(0);
    return this.#invokedUs.push(invokedUs);
  }

  /** Records a pop's answer, or with `httpStatus` 0 the certainty that none will come. */
  completePop(
    pop: number,
    reply: { readonly completedUs: number; readonly httpStatus: number; readonly leaseId?: unknown },
  ): void {
    this.#completedUs.set(pop, reply.completedUs);
    this.#httpStatus.set(pop, reply.httpStatus);
    if (typeof reply.leaseId === 'string') this.#lease.set(pop, this.#numberOf(reply.leaseId));
  }

  /** Records a message of a pop's answer; returns the delivery's number. */
  deliver(pop: number, message: number, partition: number): number {
    this.#message.push(message);
    this.#partition.push(partition);
    this.#outcome.push(0);
    return this.#deliveryPop.push(pop);
  }

  /** Records the intent to settle a pop, or the decision not to. */
  openSettlement(pop: number, settlement: Settlement, invokedUs: number): void {
    this.#settlement.set(pop, SETTLEMENT_CODE[settlement]);
    this.#settleInvokedUs.set(pop, invokedUs);
  }

  /** Records that the answer to a settlement came, or with `httpStatus` 0 that none will. */
  completeSettlement(pop: number, completedUs: number, httpStatus: number): void {
    this.#settleCompletedUs.set(pop, completedUs);
    this.#settleStatus.set(pop, httpStatus);
  }

  setOutcome(delivery: number, outcome: SettleOutcome): void {
    this.#outcome.set(delivery, SETTLE_OUTCOME_CODE[outcome]);
  }

  get pops(): number {
    return this.#invokedUs.length;
  }

  get deliveries(): number {
    return this.#message.length;
  }

  consumer(pop: number): number {
    return this.#consumer.at(pop);
  }

  group(pop: number): number {
    return this.#group.at(pop);
  }

  /** 0 when no answer came: what it would have held may be leased. */
  httpStatus(pop: number): number {
    return this.#httpStatus.at(pop);
  }

  /** The same number for the same lease id; 0 when there was none. */
  lease(pop: number): number {
    return this.#lease.at(pop);
  }

  settlementCode(pop: number): number {
    return this.#settlement.at(pop);
  }

  settleStatus(pop: number): number {
    return this.#settleStatus.at(pop);
  }

  invokedUs(pop: number): number {
    return this.#invokedUs.at(pop);
  }

  completedUs(pop: number): number {
    return this.#completedUs.at(pop);
  }

  settleInvokedUs(pop: number): number {
    return this.#settleInvokedUs.at(pop);
  }

  settleCompletedUs(pop: number): number {
    return this.#settleCompletedUs.at(pop);
  }

  /** The pop that brought a delivery; deliveries of a pop follow each other in the order of its reply. */
  popOf(delivery: number): number {
    return this.#deliveryPop.at(delivery);
  }

  /** Number of the delivered message, or {@link STRANGER}. */
  message(delivery: number): number {
    return this.#message.at(delivery);
  }

  /** Number of the partition that was popped, of a pop from the whole queue the one the reply named, or {@link NO_PARTITION}. */
  partition(delivery: number): number {
    return this.#partition.at(delivery);
  }

  outcomeCode(delivery: number): number {
    return this.#outcome.at(delivery);
  }

  /** The columns as copies of exactly the length in use, fit for structured cloning. */
  toTransfer(): ConsumerHistoryTransfer {
    return {
      groups: this.groups,
      consumer: this.#consumer.toArray(),
      group: this.#group.toArray(),
      httpStatus: this.#httpStatus.toArray(),
      lease: this.#lease.toArray(),
      settlement: this.#settlement.toArray(),
      settleStatus: this.#settleStatus.toArray(),
      invokedUs: this.#invokedUs.toArray(),
      completedUs: this.#completedUs.toArray(),
      settleInvokedUs: this.#settleInvokedUs.toArray(),
      settleCompletedUs: this.#settleCompletedUs.toArray(),
      deliveryPop: this.#deliveryPop.toArray(),
      message: this.#message.toArray(),
      partition: this.#partition.toArray(),
      outcome: this.#outcome.toArray(),
    };
  }

  #numberOf(leaseId: string): number {
    const known = this.#leaseNumbers.get(leaseId);
    if (known !== undefined) return known;
    const number = this.#leaseNumbers.size + 1;
    this.#leaseNumbers.set(leaseId, number);
    return number;
  }
}

function emptyColumns(groups: readonly string[]): ConsumerHistoryTransfer {
  return {
    groups,
    consumer: new Uint16Array(),
    group: new Uint8Array(),
    httpStatus: new Uint16Array(),
    lease: new Uint32Array(),
    settlement: new Uint8Array(),
    settleStatus: new Uint16Array(),
    invokedUs: new Float64Array(),
    completedUs: new Float64Array(),
    settleInvokedUs: new Float64Array(),
    settleCompletedUs: new Float64Array(),
    deliveryPop: new Uint32Array(),
    message: new Uint32Array(),
    partition: new Uint16Array(),
    outcome: new Uint8Array(),
  };
}
