import { BatchFill, type BatchLimits } from './batch-plan.ts';
import type { Chunk } from './chunk.ts';
import type { CommitChunks, RowBytes } from './group-commit.ts';
import type { MessageOutcome } from './push-transaction.ts';
import type { TransactionSlots } from './transaction-slots.ts';

export interface CappedCommitOptions {
  readonly commit: CommitChunks;
  readonly limits: BatchLimits;
  readonly slots: TransactionSlots;
  readonly rowBytes: RowBytes;
}

/** What one request adds to the queue. */
interface Unit {
  readonly chunks: readonly Chunk[];
  readonly resolve: (outcomes: readonly (readonly MessageOutcome[])[]) => void;
  readonly reject: (error: unknown) => void;
}

interface Lane {
  readonly waiting: Unit[];
  underWay: boolean;
}

/**
 * Group commit for queues with a capacity, which is judged request by request under the queue's lock: so requests are not
 * taken apart, and a queue is in at most one transaction of this worker at a time, with no other queue in it.
 *
 * The bound has its price: over ten partitions such a queue took 0.45 (64 connections, one message a request) and 0.49
 * (16 connections, a hundred) times the messages of one without. Queues without a bound never come here.
 */
export class CappedCommit {
  readonly #options: CappedCommitOptions;
  readonly #lanes = new Map<string, Lane>();
  /** Queues with waiting requests and no transaction under way, in the order in which they became so. */
  readonly #ready = new Set<string>();

  constructor(options: CappedCommitOptions) {
    this.#options = options;
    options.slots.join(() => this.#startTransaction());
  }

  /** Stores what one request adds to one queue, all or nothing of it; see {@link GroupCommit.submit}. */
  submit(queue: string, chunks: readonly Chunk[]): Promise<readonly (readonly MessageOutcome[])[]> {
    const lane = this.#lanes.get(queue) ?? { waiting: [], underWay: false };
    this.#lanes.set(queue, lane);
    const { promise, resolve, reject } = Promise.withResolvers<readonly (readonly MessageOutcome[])[]>();
    lane.waiting.push({ chunks, resolve, reject });
    if (!lane.underWay) this.#ready.add(queue);
    this.#options.slots.schedule();
    return promise;
  }

  #startTransaction(): Promise<void> | undefined {
    for (const queue of this.#ready) {
      this.#ready.delete(queue);
      const lane = this.#lanes.get(queue);
      if (lane !== undefined) return this.#runTransaction(queue, lane);
    }
    return undefined;
  }

  async #runTransaction(queue: string, lane: Lane): Promise<void> {
    const units = this.#takeUnits(lane);
    lane.underWay = true;
    try {
      const chunks = units.flatMap((unit, number) => unit.chunks.map((chunk) => ({ ...chunk, unit: number })));
      const outcomes = await this.#options.commit(chunks);
      let start = 0;
      for (const unit of units) {
        unit.resolve(outcomes.slice(start, start + unit.chunks.length));
        start += unit.chunks.length;
      }
    } catch (error) {
      // Those behind must not overtake what may have to go another way now.
      for (const unit of [...units, ...lane.waiting.splice(0)]) unit.reject(error);
    } finally {
      lane.underWay = false;
      if (lane.waiting.length > 0) this.#ready.add(queue);
      else this.#lanes.delete(queue);
    }
  }

  /** As many requests, in order of arrival, as fit one transaction; at least one, whatever its size. */
  #takeUnits({ waiting }: Lane): readonly Unit[] {
    const fill = new BatchFill(this.#options.limits);
    const { rowBytes } = this.#options;
    const bytesOf = ({ chunks }: Unit): number =>
      chunks.flatMap(({ messages }) => messages).reduce((sum, message) => sum + rowBytes(message), 0);
    const tooMany = waiting.findIndex((unit) => !fill.add(bytesOf(unit)));
    return waiting.splice(0, tooMany === -1 ? waiting.length : tooMany);
  }
}
