import type { Acknowledgements } from './evidence.ts';
import { ExampleCollector } from './example-collector.ts';
import { formatTransactionId } from './message-identity.ts';

/** A reply to a batch of acks, as it came. */
export interface AckReply {
  readonly httpStatus: number;
  readonly body: string;
}

/** A message as it is acknowledged; its number is undefined when the run never sent it. */
interface AckedMessage {
  readonly transactionId: unknown;
  readonly message: number | undefined;
}

const MAX_QUOTE = 200;

/** Takes down what consumers acknowledge and are answered, in a byte a message. */
export class AckRecord {
  readonly #runId: string;
  readonly #isAcked: Uint8Array;
  readonly #refused = new ExampleCollector();
  readonly #redelivered = new ExampleCollector();
  #sent = 0;
  #completed = 0;

  constructor(runId: string, messages: number) {
    this.#runId = runId;
    this.#isAcked = new Uint8Array(messages);
  }

  /** Acks answered `completed` so far. */
  get completed(): number {
    return this.#completed;
  }

  /** True when some ack was answered otherwise: its messages may be leased still. */
  get hasRefusals(): boolean {
    return this.#completed < this.#sent;
  }

  /** Notes the delivery of a message; one that was acknowledged before must not come again. */
  deliver(message: number | undefined): void {
    if (message === undefined || this.#isAcked[message] !== 1) return;
    this.#redelivered.add(() => `${formatTransactionId(this.#runId, message)} came again after its ack was completed`);
  }

  /** Judges the reply to the acks of these messages: one result for each, in the same order, each of them `completed`. */
  settle(messages: readonly AckedMessage[], reply: AckReply): void {
    const results = resultsOf(reply);
    messages.forEach(({ transactionId, message }, index) => {
      this.#sent += 1;
      const result = results?.[index];
      if (isCompleted(result, transactionId)) {
        this.#completed += 1;
        if (message !== undefined) this.#isAcked[message] = 1;
        return;
      }
      const answer = results === undefined ? `HTTP ${reply.httpStatus}: ${reply.body}` : JSON.stringify(result);
      this.#refused.add(() => `the ack of ${String(transactionId)} was answered ${String(answer).slice(0, MAX_QUOTE)}`);
    });
  }

  result(): Acknowledgements {
    return {
      sent: this.#sent,
      completed: this.#completed,
      refused: this.#refused.result(),
      redelivered: this.#redelivered.result(),
    };
  }
}

/** Some servers answer 200 to everything, so the body is what counts; undefined when it holds no results. */
function resultsOf({ httpStatus, body }: AckReply): readonly unknown[] | undefined {
  if (httpStatus < 200 || httpStatus > 299) return undefined;
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

function isCompleted(result: unknown, transactionId: unknown): boolean {
  if (typeof result !== 'object' || result === null) return false;
  const fields = result as Readonly<Record<string, unknown>>;
  return fields.status === 'completed' && fields.transactionId === transactionId;
}
