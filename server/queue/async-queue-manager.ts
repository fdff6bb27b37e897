import { setTimeout as delay } from 'node:timers/promises';
import type { OutageOutcome, PushFailover } from '../buffer/push-failover.ts';
import type { Logger } from '../log.ts';
import type { AsyncDbPool } from '../pool/async-db-pool.ts';
import { classifyFailure, type FailureKind } from '../sql/sqlstate.ts';
import type { WakeLine } from '../wake/wake-line.ts';
import type { BatchLimits } from './batch-plan.ts';
import { type Chunk, countMessages, halve, joinHalves } from './chunk.ts';
import { GroupCommit } from './group-commit.ts';
import type { NewMessage, PushItem, PushResult } from './message.ts';
import { type KnownPartition, PartitionDirectory } from './partition-directory.ts';
import type { PreparedGroup } from './prepared-push.ts';
import { missingQueueError } from './push-item.ts';
import { PushOutageError } from './push-outage-error.ts';
import { type MessageOutcome, runPushTransaction } from './push-transaction.ts';
import { estimateRowBytes } from './row-size.ts';

export interface QueueManagerOptions {
  readonly pool: AsyncDbPool;
  readonly batchLimits: BatchLimits;
  readonly pushTransactions: number;
  /** How long a push whose queue is being changed is tried again. */
  readonly staleTimeoutMs: number;
  readonly failover: PushFailover;
  readonly line: WakeLine;
  readonly log: Logger;
}

const MAX_CONFLICT_ATTEMPTS = 5;
const RETRY_DELAY_MS = 50;
/**
 * How long lost connections are tried again before the messages go to the buffer, from the first loss: long enough for
 * backends that were terminated to be replaced.
 */
const OUTAGE_GRACE_MS = 400;

/**
 * The push side of the queue, one per worker. Requests are taken apart by partition, share transactions with other
 * requests (see {@link GroupCommit}), and are put together again in their own order.
 */
export class AsyncQueueManager {
  readonly #options: QueueManagerOptions;
  readonly #directory: PartitionDirectory;
  readonly #groupCommit: GroupCommit;

  constructor(options: QueueManagerOptions) {
    this.#options = options;
    this.#directory = new PartitionDirectory(options.pool);
    this.#groupCommit = new GroupCommit({
      commit: (chunks) => this.pushMessagesChunk(chunks),
      limits: options.batchLimits,
      maxTransactions: options.pushTransactions,
      rowBytes: (message) => estimateRowBytes(message.payload.length, false),
    });
  }

  /** Pushes one message; see {@link pushMessages}. */
  async pushSingleMessage(item: PushItem): Promise<PushResult> {
    const [result] = await this.pushMessages([item]);
    if (result === undefined) throw new Error('A push of one message had no result.');
    return result;
  }

  /**
   * Pushes messages; results in input order, one each. Items are independent: a bad one fails alone.
   *
   * While PostgreSQL is away they are buffered.
   *
   * @throws PushOutageError when nobody can tell what was stored.
   */
  async pushMessages(items: readonly PushItem[]): Promise<readonly PushResult[]> {
    return await this.#options.failover.push(items, (groups) =>
      Promise.all(groups.map((group) => this.#pushGroup(group))),
    );
  }

  /**
   * Pushes messages of one partition, in order. The partition is made if it does not exist; one whose options changed
   * since they were looked up is looked up again.
   */
  async pushMessagesBatch(
    queue: string,
    partition: string,
    messages: readonly NewMessage[],
  ): Promise<readonly MessageOutcome[]> {
    const outcomes = new Array<MessageOutcome>(messages.length).fill({ status: 'stale' });
    let open = messages.map((message, index) => ({ message, index }));
    const giveUpAt = performance.now() + this.#options.staleTimeoutMs;
    for (let attempt = 0; open.length > 0; attempt += 1) {
      if (attempt > 0 && performance.now() >= giveUpAt) return outcomes;
      if (attempt > 0) this.#directory.forget(queue, partition);
      const known = await this.#find(queue, partition, attempt > 0);
      if (known === undefined) {
        for (const { index } of open) outcomes[index] = { status: 'failed', error: missingQueueError(queue) };
        return outcomes;
      }
      const answers = await this.#groupCommit.submit(
        known,
        open.map(({ message }) => message),
      );
      if (answers.some(({ status }) => status === 'queued')) this.#options.line.wake(known.wakeKeys);
      for (const [position, { index }] of open.entries()) outcomes[index] = answers[position] ?? { status: 'stale' };
      open = open.filter(({ index }) => outcomes[index]?.status === 'stale');
    }
    return outcomes;
  }

  /**
   * Stores chunks of several partitions in one transaction. A value PostgreSQL refuses is hunted down by halving, so that
   * it fails alone; lost connections and deadlocks are tried again, which is safe because ids were given before.
   *
   * @throws PushOutageError when PostgreSQL stays away.
   */
  async pushMessagesChunk(chunks: readonly Chunk[]): Promise<readonly (readonly MessageOutcome[])[]> {
    let giveUpAt = Number.POSITIVE_INFINITY;
    // Once a try may have been committed, no later failure makes the outcome known.
    let outcomeUnknown = false;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await runPushTransaction(this.#options.pool, chunks);
      } catch (error) {
        const kind = classifyFailure(error);
        if (kind === 'data' && countMessages(chunks) > 1) {
          const [first, second] = halve(chunks);
          const firstOutcomes = await this.pushMessagesChunk(first);
          // What stopped the first half for the moment stops the second: it must not overtake.
          const stop = firstOutcomes.flat().find((outcome) => outcome.status === 'failed' && outcome.transient);
          const secondOutcomes =
            stop === undefined
              ? await this.pushMessagesChunk(second)
              : second.map(({ messages }) => messages.map(() => stop));
          return joinHalves(chunks, firstOutcomes, secondOutcomes);
        }
        if (kind === 'other' && chunks.length > 1 && !outcomeUnknown) return await this.#pushOneByOne(chunks);
        if (kind === 'outage' && !outcomeUnknown) giveUpAt = performance.now() + OUTAGE_GRACE_MS;
        outcomeUnknown ||= kind === 'outage';
        const retry =
          kind === 'outage'
            ? performance.now() < giveUpAt && !this.#options.pool.outage.aborted
            : kind === 'conflict' && attempt < MAX_CONFLICT_ATTEMPTS;
        if (!retry) return this.#giveUp(chunks, error, kind, outcomeUnknown);
        this.#options.log.warn({ err: error, attempt }, 'push transaction failed, trying again');
        await delay(RETRY_DELAY_MS);
      }
    }
  }

  /**
   * Wakes consumers that wait for these items; for pushes that went another way. Nobody waits for it, and it may fail:
   * whoever waits looks again by itself.
   */
  announce(items: readonly PushItem[]): void {
    const partitions = new Map(
      items.map(({ queue, partition }) => [JSON.stringify([queue, partition]), { queue, partition }]),
    );
    for (const { queue, partition } of partitions.values()) {
      this.#directory.find(queue, partition).then(
        (known) => known && this.#options.line.wake(known.wakeKeys),
        (error: unknown) => this.#options.log.warn({ err: error }, 'could not announce messages'),
      );
    }
  }

  /** What stopped the transaction, a lock that was not freed for instance, may be the affair of one partition only. */
  async #pushOneByOne(chunks: readonly Chunk[]): Promise<readonly (readonly MessageOutcome[])[]> {
    const outcomes: (readonly MessageOutcome[])[] = [];
    for (const chunk of chunks) outcomes.push(...(await this.pushMessagesChunk([chunk])));
    return outcomes;
  }

  async #pushGroup({ queue, partition, messages }: PreparedGroup): Promise<readonly MessageOutcome[] | OutageOutcome> {
    try {
      const bare = messages.map(({ message }) => message);
      return await this.pushMessagesBatch(queue, partition, bare);
    } catch (error) {
      if (error instanceof PushOutageError) return error.mayBeStored ? 'outage' : 'unsent';
      throw error;
    }
  }

  async #find(queue: string, partition: string, mayBeStored: boolean): Promise<KnownPartition | undefined> {
    let giveUpAt: number | undefined;
    for (;;) {
      try {
        return await this.#directory.find(queue, partition);
      } catch (error) {
        if (classifyFailure(error) !== 'outage') throw error;
        giveUpAt ??= performance.now() + OUTAGE_GRACE_MS;
        if (performance.now() >= giveUpAt || this.#options.pool.outage.aborted) {
          throw new PushOutageError('PostgreSQL cannot be reached.', { cause: error, mayBeStored });
        }
        await delay(RETRY_DELAY_MS);
      }
    }
  }

  #giveUp(
    chunks: readonly Chunk[],
    error: unknown,
    kind: FailureKind,
    outcomeUnknown: boolean,
  ): readonly (readonly MessageOutcome[])[] {
    if (outcomeUnknown) {
      throw new PushOutageError('PostgreSQL cannot be reached; whether the messages were stored is unknown.', {
        cause: error,
      });
    }
    this.#options.log.error({ err: error }, 'push transaction failed');
    const text = error instanceof Error ? error.message : String(error);
    const transient = kind !== 'data';
    return chunks.map(({ messages }) => messages.map(() => ({ status: 'failed', error: text, transient })));
  }
}
