import { type ItemOutcome, OUTCOME_CODE } from './item-outcome.ts';
import { UUID_BYTES, writeUuid } from './uuid-bytes.ts';

/** A request as it is opened: the intent, recorded before anything is sent. */
export interface RequestIntent {
  readonly producer: number;
  readonly partition: number;
  readonly messages: number;
  /** 0 for a request that will be sent later, or never; see {@link Ledger.send}. */
  readonly invokedUs: number;
  /** When an open loop means to send it; left out where a request is sent when its producer gets round to it. */
  readonly intendedUs?: number;
}

/** A ledger as it crosses from the load process to the harness: its columns, trimmed to length. */
export interface LedgerTransfer {
  readonly runId: string;
  readonly producer: Uint16Array;
  readonly partition: Uint16Array;
  readonly httpStatus: Uint16Array;
  /** One longer than the others: its last entry is the number of messages. */
  readonly firstMessage: Uint32Array;
  readonly invokedUs: Float64Array;
  readonly completedUs: Float64Array;
  /** Only of an open loop; 0 stands for a request that had no time of its own. */
  readonly intendedUs?: Float64Array;
  readonly outcome: Uint8Array;
  readonly messageId: Uint8Array;
}

const INITIAL_REQUESTS = 1024;
const INITIAL_MESSAGES = 16_384;

/**
 * What the producers asked for and what they were told: one row a request, a few bytes a message, in typed arrays that
 * double as they fill. The messages of a request are consecutive numbers, so a message needs neither its producer nor
 * its partition: both are found through its request.
 *
 * Times are microseconds on the machine's monotonic clock (measure/monotonic-clock.ts), so other processes of the same
 * machine can be compared with them.
 */
export class Ledger {
  readonly runId: string;
  #requests = 0;
  #messages = 0;
  #producer: Uint16Array = new Uint16Array(INITIAL_REQUESTS);
  #partition: Uint16Array = new Uint16Array(INITIAL_REQUESTS);
  #httpStatus: Uint16Array = new Uint16Array(INITIAL_REQUESTS);
  #firstMessage: Uint32Array = new Uint32Array(INITIAL_REQUESTS + 1);
  #invokedUs: Float64Array = new Float64Array(INITIAL_REQUESTS);
  #completedUs: Float64Array = new Float64Array(INITIAL_REQUESTS);
  /** Made with the first request that has a time of its own. */
  #intendedUs: Float64Array | undefined;
  #outcome: Uint8Array = new Uint8Array(INITIAL_MESSAGES);
  #messageId: Uint8Array = new Uint8Array(INITIAL_MESSAGES * UUID_BYTES);

  constructor(runId: string) {
    this.runId = runId;
  }

  /** The ledger that {@link toTransfer} took apart. It keeps the given arrays. */
  static fromTransfer(transfer: LedgerTransfer): Ledger {
    const ledger = new Ledger(transfer.runId);
    ledger.#requests = transfer.producer.length;
    ledger.#messages = transfer.outcome.length;
    ledger.#producer = transfer.producer;
    ledger.#partition = transfer.partition;
    ledger.#httpStatus = transfer.httpStatus;
    ledger.#firstMessage = transfer.firstMessage;
    ledger.#invokedUs = transfer.invokedUs;
    ledger.#completedUs = transfer.completedUs;
    ledger.#intendedUs = transfer.intendedUs;
    ledger.#outcome = transfer.outcome;
    ledger.#messageId = transfer.messageId;
    return ledger;
  }

  /** The columns as copies of exactly the length in use, fit for structured cloning. */
  toTransfer(): LedgerTransfer {
    return {
      runId: this.runId,
      producer: this.#producer.slice(0, this.#requests),
      partition: this.#partition.slice(0, this.#requests),
      httpStatus: this.#httpStatus.slice(0, this.#requests),
      firstMessage: this.#firstMessage.slice(0, this.#requests + 1),
      invokedUs: this.#invokedUs.slice(0, this.#requests),
      completedUs: this.#completedUs.slice(0, this.#requests),
      ...(this.#intendedUs === undefined ? {} : { intendedUs: this.#intendedUs.slice(0, this.#requests) }),
      outcome: this.#outcome.slice(0, this.#messages),
      messageId: this.#messageId.slice(0, this.#messages * UUID_BYTES),
    };
  }

  get requests(): number {
    return this.#requests;
  }

  get messages(): number {
    return this.#messages;
  }

  /** Records the intent to send; returns the request's number. Its messages start at {@link firstMessage}. */
  open(intent: RequestIntent): number {
    const request = this.#requests;
    if (request === this.#producer.length) this.#growRequests();
    while (this.#messages + intent.messages > this.#outcome.length) this.#growMessages();
    this.#producer[request] = intent.producer;
    this.#partition[request] = intent.partition;
    this.#invokedUs[request] = intent.invokedUs;
    this.#firstMessage[request] = this.#messages;
    if (intent.intendedUs !== undefined) {
      this.#intendedUs ??= new Float64Array(this.#producer.length);
      this.#intendedUs[request] = intent.intendedUs;
    }
    this.#requests = request + 1;
    this.#messages += intent.messages;
    this.#firstMessage[this.#requests] = this.#messages;
    return request;
  }

  /** Records that a request which was opened before its time is sent now, and by whom. */
  send(request: number, producer: number, invokedUs: number): void {
    this.#producer[request] = producer;
    this.#invokedUs[request] = invokedUs;
  }

  /** Records that an answer, or the certainty that none will come, has arrived; `httpStatus` 0 = no response. */
  complete(request: number, completedUs: number, httpStatus: number): void {
    this.#completedUs[request] = completedUs;
    this.#httpStatus[request] = httpStatus;
  }

  setOutcome(message: number, outcome: ItemOutcome): void {
    this.#outcome[message] = OUTCOME_CODE[outcome];
  }

  /** Gives every message of a request the same outcome. */
  setOutcomes(request: number, outcome: ItemOutcome): void {
    this.#outcome.fill(OUTCOME_CODE[outcome], this.firstMessage(request), this.firstMessage(request + 1));
  }

  /** Keeps the `message_id` of a reply; false when it is no UUID: then nothing is kept, and it is later found missing. */
  setMessageId(message: number, messageId: string): boolean {
    return writeUuid(messageId, this.#messageId, message * UUID_BYTES);
  }

  outcomeCode(message: number): number {
    return this.#outcome[message] ?? 0;
  }

  /** The reply's message id as 32 hexadecimal digits; all zeros when there was none. */
  messageIdHex(message: number): string {
    const { buffer, byteOffset } = this.#messageId;
    return Buffer.from(buffer, byteOffset + message * UUID_BYTES, UUID_BYTES).toString('hex');
  }

  /** One of the four 32-bit words of the reply's message id; all are 0 when there was none. */
  messageIdWord(message: number, word: number): number {
    const start = message * UUID_BYTES + word * 4;
    const byte = (offset: number) => this.#messageId[start + offset] ?? 0;
    return ((byte(0) << 24) | (byte(1) << 16) | (byte(2) << 8) | byte(3)) >>> 0;
  }

  /** Whether the reply gave this message the id whose sixteen bytes start at `offset`. */
  hasMessageId(message: number, bytes: Uint8Array, offset = 0): boolean {
    const start = message * UUID_BYTES;
    for (let byte = 0; byte < UUID_BYTES; byte += 1) {
      if (this.#messageId[start + byte] !== bytes[offset + byte]) return false;
    }
    return true;
  }

  /** Number of the first message of a request; `firstMessage(requests)` is the number of messages. */
  firstMessage(request: number): number {
    return this.#firstMessage[request] ?? 0;
  }

  producer(request: number): number {
    return this.#producer[request] ?? 0;
  }

  partition(request: number): number {
    return this.#partition[request] ?? 0;
  }

  httpStatus(request: number): number {
    return this.#httpStatus[request] ?? 0;
  }

  /** 0 when the request was never sent, see {@link wasSent}. */
  invokedUs(request: number): number {
    return this.#invokedUs[request] ?? 0;
  }

  /** False for a request of an open loop that waited for a connection until the load was over: nobody was asked. */
  wasSent(request: number): boolean {
    return this.invokedUs(request) > 0 || !this.isScheduled(request);
  }

  /** When the request was meant to be sent: what its latency counts from. Without a time of its own, when it was sent. */
  intendedUs(request: number): number {
    return this.#intendedUs?.[request] || this.invokedUs(request);
  }

  /** Whether an open loop had a time for it. */
  isScheduled(request: number): boolean {
    return (this.#intendedUs?.[request] ?? 0) > 0;
  }

  /** 0 while the request is open. */
  completedUs(request: number): number {
    return this.#completedUs[request] ?? 0;
  }

  /** The request that carried a message, by binary search. */
  requestOf(message: number): number {
    let low = 0;
    let high = this.#requests - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.firstMessage(middle) <= message) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #growRequests(): void {
    const length = Math.max(INITIAL_REQUESTS, this.#producer.length * 2);
    this.#producer = grown(this.#producer, new Uint16Array(length));
    this.#partition = grown(this.#partition, new Uint16Array(length));
    this.#httpStatus = grown(this.#httpStatus, new Uint16Array(length));
    this.#firstMessage = grown(this.#firstMessage, new Uint32Array(length + 1));
    this.#invokedUs = grown(this.#invokedUs, new Float64Array(length));
    this.#completedUs = grown(this.#completedUs, new Float64Array(length));
    if (this.#intendedUs !== undefined) this.#intendedUs = grown(this.#intendedUs, new Float64Array(length));
  }

  #growMessages(): void {
    const length = Math.max(INITIAL_MESSAGES, this.#outcome.length * 2);
    this.#outcome = grown(this.#outcome, new Uint8Array(length));
    this.#messageId = grown(this.#messageId, new Uint8Array(length * UUID_BYTES));
  }
}

function grown<T extends Uint8Array | Uint16Array | Uint32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
