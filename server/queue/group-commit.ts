import { BatchFill, type BatchLimits } from './batch-plan.ts';
import type { Chunk } from './chunk.ts';
import type { NewMessage } from './message.ts';
import type { KnownPartition } from './partition-directory.ts';
import type { MessageOutcome } from './push-transaction.ts';
import type { TransactionSlots } from './transaction-slots.ts';

/** Stores chunks in one transaction; outcomes chunk by chunk, message by message. Rejects when the outcome is unknown. */
export type CommitChunks = (chunks: readonly Chunk[]) => Promise<readonly (readonly MessageOutcome[])[]>;

/** Estimated size of a message in the form in which it is stored. */
export type RowBytes = (message: NewMessage) => number;

export interface GroupCommitOptions {
  readonly commit: CommitChunks;
  readonly limits: BatchLimits;
  readonly slots: TransactionSlots;
  readonly rowBytes: RowBytes;
}

interface Waiting {
  /** As the caller knew it: what was prepared for one version of the options is never sent as another. */
  readonly partition: KnownPartition;
  readonly message: NewMessage;
  /** The same for all messages of one {@link GroupCommit.submit}. */
  readonly request: symbol;
  readonly resolve: (outcome: MessageOutcome) => void;
  readonly reject: (error: unknown) => void;
}

/** Messages waiting for one partition. A partition is in at most one transaction of this worker at a time. */
interface Lane {
  readonly partitionId: bigint;
  waiting: Waiting[];
  underWay: boolean;
}

/** What a transaction takes from one lane. */
interface Taken {
  readonly lane: Lane;
  readonly partition: KnownPartition;
  readonly waiting: readonly Waiting[];
}

/**
 * Lets concurrent requests share transactions. While a transaction is under way, messages gather behind it; the next one
 * takes all it can within the batch limits. So the transactions grow with the load, no message waits for a timer, and
 * order within a partition is order of arrival. Each caller gets the outcomes of exactly its own messages.
 *
 * This is where small pushes become fast: with 64 connections and one message a request, transactions held nine messages
 * and the route stored 11 times as many as push-legacy, which commits for every request (scenario push-vs-legacy).
 */
export class GroupCommit {
  readonly #options: GroupCommitOptions;
  readonly #lanes = new Map<bigint, Lane>();
  /** Lanes with waiting messages and no transaction under way, in the order in which they became so. */
  readonly #ready = new Set<Lane>();

  constructor(options: GroupCommitOptions) {
    this.#options = options;
    options.slots.join(() => (this.#ready.size > 0 ? this.#runTransaction() : undefined));
  }

  /**
   * Stores messages of one partition, in order.
   *
   * @throws what the transaction threw, when nobody can tell whether it was committed.
   */
  submit(partition: KnownPartition, messages: readonly NewMessage[]): Promise<readonly MessageOutcome[]> {
    if (messages.length === 0) return Promise.resolve([]);
    const lane = this.#laneOf(partition.id);
    const request = Symbol('request');
    const outcomes = messages.map(
      (message) =>
        new Promise<MessageOutcome>((resolve, reject) => {
          lane.waiting.push({ partition, message, request, resolve, reject });
        }),
    );
    if (!lane.underWay) this.#ready.add(lane);
    this.#options.slots.schedule();
    return Promise.all(outcomes);
  }

  #laneOf(partitionId: bigint): Lane {
    let lane = this.#lanes.get(partitionId);
    if (lane === undefined) {
      lane = { partitionId, waiting: [], underWay: false };
      this.#lanes.set(partitionId, lane);
    }
    return lane;
  }

  async #runTransaction(): Promise<void> {
    const taken = this.#takeBatch();
    try {
      const outcomes = await this.#options.commit(
        taken.map(({ partition, waiting }) => ({ partition, messages: waiting.map((entry) => entry.message) })),
      );
      for (const [chunk, { lane, waiting }] of taken.entries()) {
        for (const [index, entry] of waiting.entries()) {
          const outcome = outcomes[chunk]?.[index];
          if (outcome === undefined) entry.reject(new Error('A transaction left a message without an outcome.'));
          else entry.resolve(outcome);
          if (outcome?.status === 'failed' && outcome.transient) failRest(lane, entry.request, outcome);
        }
      }
    } catch (error) {
      for (const { lane, waiting } of taken) {
        // Those behind must not overtake what may have to go another way now.
        for (const entry of [...waiting, ...lane.waiting.splice(0)]) entry.reject(error);
      }
    } finally {
      for (const { lane } of taken) this.#leave(lane);
    }
  }

  /** Takes from the ready lanes, longest ready first, until the batch is full. */
  #takeBatch(): readonly Taken[] {
    const fill = new BatchFill(this.#options.limits);
    const taken: Taken[] = [];
    for (const lane of this.#ready) {
      const partition = lane.waiting[0]?.partition;
      if (partition === undefined) throw new Error('A lane without messages was ready.');
      let count = 0;
      for (const entry of lane.waiting) {
        if (entry.partition.queueVersion !== partition.queueVersion) break;
        if (!fill.add(this.#options.rowBytes(entry.message))) break;
        count += 1;
      }
      if (count === 0) break;
      taken.push({ lane, partition, waiting: lane.waiting.splice(0, count) });
      lane.underWay = true;
      this.#ready.delete(lane);
    }
    return taken;
  }

  #leave(lane: Lane): void {
    lane.underWay = false;
    if (lane.waiting.length > 0) this.#ready.add(lane);
    else this.#lanes.delete(lane.partitionId);
  }
}

/** What failed for the moment only is tried again by its sender, who must find it before the later messages of the request. */
function failRest(lane: Lane, request: symbol, outcome: MessageOutcome): void {
  lane.waiting = lane.waiting.filter((entry) => {
    if (entry.request === request) entry.resolve(outcome);
    return entry.request !== request;
  });
}
