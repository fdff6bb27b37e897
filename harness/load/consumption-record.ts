import { ConsumerHistory, NO_PARTITION, STRANGER } from '../history/consumer-history.ts';
import type { Consumption } from '../history/evidence.ts';
import { ExampleCollector } from '../history/example-collector.ts';
import { formatTransactionId, parseTransactionId } from '../history/message-identity.ts';
import type { SettleOutcome } from '../history/settlement.ts';
import { monotonicUs } from '../measure/monotonic-clock.ts';
import { decodePopReply, type PoppedMessage } from '../target/decode-pop-reply.ts';
import { partitionNumber } from '../target/wire.ts';
import type { HttpAnswer } from './http-answer.ts';
import { payloadFormat } from './payload.ts';

/** As much of an answer as is judged. */
type Answer = Pick<HttpAnswer, 'httpStatus' | 'text'>;

/** How the messages of a settled pop stand. */
export interface SettledPop {
  readonly completed: number;
  /** True when the server took the settlement of every message: then nothing of the pop is leased any more. */
  readonly isWhole: boolean;
}

/** What a settlement asks for. */
export type SettleWord = 'completed' | 'failed';

/** The words of the contract that answer a settlement, and what they mean for it. */
const OUTCOME_OF: Readonly<Record<SettleWord, ReadonlyMap<unknown, SettleOutcome>>> = {
  completed: new Map([
    ['completed', 'completed'],
    ['error', 'refused'],
  ]),
  failed: new Map([
    ['failed_retry', 'failed'],
    ['failed_dlq', 'failed'],
    ['error', 'refused'],
  ]),
};

const MAX_QUOTE = 200;

/**
 * Takes down what consumers ask for and are answered, a few bytes a message. A message is judged when it comes, by what
 * can be known without the producers' ledger: whose it is, and whether its payload is the one that was made for its number.
 */
export class ConsumptionRecord {
  readonly history: ConsumerHistory;
  readonly #runId: string;
  readonly #payloadMatches: (message: number, data: unknown) => boolean;
  readonly #unexpected = new ExampleCollector();
  readonly #altered = new ExampleCollector();
  readonly #malformed = new ExampleCollector();

  /** Throws RangeError when the run id does not fit in the payload, see payload.ts. */
  constructor(run: { readonly runId: string; readonly payloadBytes: number; readonly groups: readonly string[] }) {
    this.history = new ConsumerHistory(run.groups);
    this.#runId = run.runId;
    this.#payloadMatches = payloadFormat(run.runId, run.payloadBytes).matches;
  }

  /** The messages of a pop's answer; undefined when it does not tell what was delivered. */
  readPop({ httpStatus, text: body }: Answer): readonly PoppedMessage[] | undefined {
    if (httpStatus === 0 || httpStatus >= 500) return undefined;
    const quote = () => `a pop was answered HTTP ${httpStatus}: ${body.slice(0, MAX_QUOTE)}`;
    try {
      const messages = httpStatus >= 200 && httpStatus <= 299 ? decodePopReply(body) : undefined;
      if (messages === undefined) this.#addMalformed(quote);
      else if (!areOfOneLease(messages)) this.#addMalformed(() => `not all messages have the same lease: ${quote()}`);
      return messages;
    } catch {
      // What cannot be read as a pop reply is evidence against the server, not the end of its consumer.
      this.#addMalformed(quote);
      return undefined;
    }
  }

  /**
   * Records the messages of a pop in the order of its reply; returns the number of the first delivery. `askedFor` is the
   * partition that the pop named, if it named one: then every message must bear its name.
   */
  deliver(pop: number, messages: readonly PoppedMessage[], askedFor?: number): number {
    const first = this.history.deliveries;
    for (const message of messages) {
      const named = partitionNumber(message.partition);
      const place = askedFor ?? (named < 0 || named >= NO_PARTITION ? NO_PARTITION : named);
      if (askedFor !== undefined && named !== askedFor) {
        this.#addMalformed(() => `a pop of partition ${askedFor} brought a message of ${text(message.partition)}`);
      }
      this.history.deliver(pop, this.#judge(message), place);
    }
    return first;
  }

  /** Records a pop with autoAck, of one partition, and its messages: delivery alone acknowledges them. */
  deliverAcked(
    pop: number,
    reply: { readonly httpStatus: number; readonly messages: readonly PoppedMessage[]; readonly partition: number },
  ): void {
    const { httpStatus, messages, partition } = reply;
    const completedUs = monotonicUs();
    this.history.completePop(pop, { completedUs, httpStatus });
    if (messages.length === 0) return;
    this.history.openSettlement(pop, 'autoAck', completedUs);
    const first = this.deliver(pop, messages, partition);
    for (let delivery = first; delivery < this.history.deliveries; delivery += 1) {
      this.history.setOutcome(delivery, 'completed');
    }
  }

  /**
   * Sets the outcomes of the deliveries from `first` on, those of these messages, by the answer to their settlement: one
   * result for each, in the same order, under its own transaction id.
   */
  settle(first: number, messages: readonly PoppedMessage[], word: SettleWord, answer: Answer): SettledPop {
    const results = this.#resultsOf(answer);
    const isRefusal = results === undefined && answer.httpStatus >= 400 && answer.httpStatus < 500;
    let completed = 0;
    let isWhole = true;
    for (const [index, { transactionId }] of messages.entries()) {
      const without = isRefusal ? 'refused' : 'indeterminate';
      const outcome = results === undefined ? without : this.#outcomeOf(results[index], transactionId, word);
      if (outcome === 'completed') completed += 1;
      if (outcome !== 'completed' && outcome !== 'failed') isWhole = false;
      this.history.setOutcome(first + index, outcome);
    }
    if (results !== undefined && results.length > messages.length) {
      this.#addMalformed(() => `${messages.length} acks were sent, ${results.length} results were answered`);
    }
    return { completed, isWhole };
  }

  result(drained: Consumption['drained']): Consumption {
    return {
      history: this.history,
      drained,
      unexpected: this.#unexpected.result(),
      altered: this.#altered.result(),
      malformed: this.#malformed.result(),
    };
  }

  /** The number of a delivered message, or STRANGER. */
  #judge({ transactionId, partition, data }: PoppedMessage): number {
    const number = typeof transactionId === 'string' ? parseTransactionId(this.#runId, transactionId) : undefined;
    if (number === undefined || number >= STRANGER) {
      this.#unexpected.add(() => `${text(transactionId)} from partition ${text(partition)}`);
      return STRANGER;
    }
    if (!this.#payloadMatches(number, data)) {
      this.#altered.add(() => `${formatTransactionId(this.#runId, number)} came with payload ${text(data)}`);
    }
    return number;
  }

  /** Notes an answer that is none by the contract. The example is only made when it is kept. */
  #addMalformed(example: () => string): void {
    this.#malformed.add(example);
  }

  /** Undefined when the answer holds no results: some servers answer 200 to everything, so the body is what counts. */
  #resultsOf({ httpStatus, text: body }: Answer): readonly unknown[] | undefined {
    if (httpStatus === 0 || httpStatus >= 500) return undefined;
    const results = httpStatus >= 200 && httpStatus <= 299 ? parseResults(body) : undefined;
    if (results === undefined) {
      this.#addMalformed(() => `acks were answered HTTP ${httpStatus}: ${body.slice(0, MAX_QUOTE)}`);
    }
    return results;
  }

  #outcomeOf(result: unknown, transactionId: unknown, word: SettleWord): SettleOutcome {
    if (typeof result === 'object' && result !== null) {
      const fields = result as Readonly<Record<string, unknown>>;
      const outcome = OUTCOME_OF[word].get(fields.status);
      if (outcome !== undefined && fields.transactionId === transactionId) return outcome;
    }
    this.#addMalformed(
      () => `the ack of ${String(transactionId)} as ${word} was answered ${text(result).slice(0, MAX_QUOTE)}`,
    );
    return 'indeterminate';
  }
}

function areOfOneLease(messages: readonly PoppedMessage[]): boolean {
  const leaseId = messages[0]?.leaseId;
  return messages.every((message) => typeof message.leaseId === 'string' && message.leaseId === leaseId);
}

function parseResults(body: string): readonly unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value !== 'object' || value === null) return undefined;
    const { results } = value as { readonly results?: unknown };
    return Array.isArray(results) ? results : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function text(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}
