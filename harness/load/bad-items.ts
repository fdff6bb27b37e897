import type { BadItems } from '../history/evidence.ts';
import { ExampleCollector } from '../history/example-collector.ts';
import { OUTCOME_CODE } from '../history/item-outcome.ts';
import type { Ledger } from '../history/ledger.ts';
import { type ErrorTally, momentOf } from './error-tally.ts';

/**
 * What can be wrong with an item that goes along with a request. PostgreSQL can store none of the first three, whatever the
 * server does; U+0000 stands in an id because a payload of type json may hold it. `twin` is the request's first item again.
 */
export const BAD_ITEM_KINDS = ['nul-id', 'no-uuid', 'long-id', 'twin'] as const;

type BadItemKind = (typeof BAD_ITEM_KINDS)[number];

/** One item beside the messages of a request, at its end; it has no number in the ledger. */
export interface BadItem {
  readonly kind: BadItemKind;
  /** Undefined for a twin: the first item's. */
  readonly transactionId: string | undefined;
}

/** Longer than any transaction id may be: 255. */
const LONG_ID = 300;

/** Makes bad items, each kind in turn, and takes down how they are answered. */
export class BadItemRecord {
  readonly #runId: string;
  readonly #accepted = new ExampleCollector();
  readonly #malformed = new ExampleCollector();
  #sent = 0;
  #refused = 0;

  constructor(runId: string) {
    this.#runId = runId;
  }

  /** The next bad item. Its id is none that the run's messages have. */
  next(): BadItem {
    const kind = BAD_ITEM_KINDS[this.#sent % BAD_ITEM_KINDS.length] ?? 'twin';
    const id = `bad.${this.#runId}.${this.#sent}`;
    this.#sent += 1;
    if (kind === 'twin') return { kind, transactionId: undefined };
    return { kind, transactionId: kind === 'nul-id' ? `${id}\0` : kind === 'long-id' ? id.padEnd(LONG_ID, 'x') : id };
  }

  /**
   * Judges the answer to a bad item: `failed`, or for a twin that not both were queued. Which of the two was first is the
   * server's affair: when it was the twin, message `first` is taken as queued by it.
   */
  judge(
    item: BadItem,
    answer: unknown,
    first: { readonly ledger: Ledger; readonly request: number; readonly message: number },
    errors: ErrorTally,
  ) {
    const { status, message_id } = (answer ?? {}) as { readonly status?: unknown; readonly message_id?: unknown };
    const verdict = item.kind === 'twin' ? judgeTwin(status, message_id, first) : judgeUnstorable(status);
    if (verdict === 'refused') this.#refused += 1;
    else {
      const example = `an item of kind ${item.kind} was answered ${JSON.stringify(answer) ?? 'nothing'}`;
      (verdict === 'accepted' ? this.#accepted : this.#malformed).add(() => example);
      // As with a reply outside the contract, no fault is an excuse.
      errors.add(`bad item ${verdict}`, example, momentOf(first.ledger, first.request, 'malformed'));
    }
  }

  result(): BadItems {
    return {
      sent: this.#sent,
      refused: this.#refused,
      accepted: this.#accepted.result(),
      malformed: this.#malformed.result(),
    };
  }
}

type Verdict = 'refused' | 'accepted' | 'malformed';

function judgeUnstorable(status: unknown): Verdict {
  if (status === 'failed') return 'refused';
  return status === 'queued' || status === 'buffered' || status === 'duplicate' ? 'accepted' : 'malformed';
}

function judgeTwin(
  status: unknown,
  messageId: unknown,
  { ledger, message }: { readonly ledger: Ledger; readonly message: number },
): Verdict {
  if (status !== 'queued') {
    // A buffer need not look for twins: it finds them when it is emptied.
    return status === 'duplicate' || status === 'buffered' || status === 'failed' ? 'refused' : 'malformed';
  }
  if (ledger.outcomeCode(message) !== OUTCOME_CODE.duplicate) return 'accepted';
  if (typeof messageId !== 'string' || !ledger.setMessageId(message, messageId)) return 'malformed';
  ledger.setOutcome(message, 'queued');
  return 'refused';
}
