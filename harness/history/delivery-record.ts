import type { Deliveries } from './evidence.ts';
import { ExampleCollector } from './example-collector.ts';
import type { Ledger } from './ledger.ts';
import { formatTransactionId, parseTransactionId } from './message-identity.ts';

/** A delivered message as far as it is judged; a field that was missing is undefined. */
export interface Delivery {
  readonly transactionId: unknown;
  readonly partition: unknown;
  readonly data: unknown;
}

/** How the messages of a run are recognised. */
export interface ExpectedMessage {
  readonly partitionName: (partition: number) => string;
  readonly payloadMatches: (message: number, data: unknown) => boolean;
}

const MOST_COUNTED = 255;

/** Takes down what consumers receive, as it comes: a few bytes a message, and nothing of the message itself. */
export class DeliveryRecord {
  readonly #ledger: Ledger;
  readonly #expected: ExpectedMessage;
  readonly #countByMessage: Uint8Array;
  readonly #positionByMessage: Uint32Array;
  readonly #deliveredByPartition: Uint32Array;
  readonly #unexpected = new ExampleCollector();
  readonly #altered = new ExampleCollector();
  readonly #misrouted = new ExampleCollector();
  #delivered = 0;
  #lastRequest = 0;

  constructor(ledger: Ledger, partitions: number, expected: ExpectedMessage) {
    this.#ledger = ledger;
    this.#expected = expected;
    this.#countByMessage = new Uint8Array(ledger.messages);
    this.#positionByMessage = new Uint32Array(ledger.messages);
    this.#deliveredByPartition = new Uint32Array(partitions);
  }

  get delivered(): number {
    return this.#delivered;
  }

  /** Judges one message that came from partition number `partition`; returns its number, undefined for a stranger. */
  add(partition: number, delivery: Delivery): number | undefined {
    this.#delivered += 1;
    const message = this.#messageOf(delivery.transactionId);
    if (message === undefined) {
      this.#unexpected.add(() => `${text(delivery.transactionId)} from partition ${partition}`);
      return undefined;
    }
    const count = this.#countByMessage[message] ?? 0;
    if (count < MOST_COUNTED) this.#countByMessage[message] = count + 1;
    if (count === 0) {
      const position = (this.#deliveredByPartition[partition] ?? 0) + 1;
      this.#deliveredByPartition[partition] = position;
      this.#positionByMessage[message] = position;
    }
    this.#judgePlace(partition, message, delivery);
    if (!this.#expected.payloadMatches(message, delivery.data)) {
      this.#altered.add(() => `${this.#name(message)} came with payload ${text(delivery.data)}`);
    }
    return message;
  }

  result(end: { readonly complete: boolean; readonly durationMs: number }): Deliveries {
    return {
      countByMessage: this.#countByMessage,
      positionByMessage: this.#positionByMessage,
      delivered: this.#delivered,
      unexpected: this.#unexpected.result(),
      altered: this.#altered.result(),
      misrouted: this.#misrouted.result(),
      ...end,
    };
  }

  #messageOf(transactionId: unknown): number | undefined {
    if (typeof transactionId !== 'string') return undefined;
    const message = parseTransactionId(this.#ledger.runId, transactionId);
    return message !== undefined && message < this.#ledger.messages ? message : undefined;
  }

  #judgePlace(partition: number, message: number, delivery: Delivery): void {
    const sentTo = this.#ledger.partition(this.#requestOf(message));
    const namedPartition = this.#expected.partitionName(partition);
    if (sentTo === partition && delivery.partition === namedPartition) return;
    this.#misrouted.add(() => {
      const named = `was delivered from ${namedPartition}, labelled ${text(delivery.partition)}`;
      return `${this.#name(message)}, pushed to ${this.#expected.partitionName(sentTo)}, ${named}`;
    });
  }

  /** Messages of a request mostly come together, so the last request is tried before the search. */
  #requestOf(message: number): number {
    const ledger = this.#ledger;
    const last = this.#lastRequest;
    if (message < ledger.firstMessage(last) || message >= ledger.firstMessage(last + 1)) {
      this.#lastRequest = ledger.requestOf(message);
    }
    return this.#lastRequest;
  }

  #name(message: number): string {
    return formatTransactionId(this.#ledger.runId, message);
  }
}

function text(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}
