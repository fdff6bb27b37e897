import { setTimeout as delay } from 'node:timers/promises';
import type { OutageOutcome, PushFailover } from '../buffer/push-failover.ts';
import type { Logger } from '../log.ts';
import type { AsyncDbPool } from '../pool/async-db-pool.ts';
import { classifyFailure, type FailureKind } from '../sql/sqlstate.ts';
import type { WakeLine } from '../wake/wake-line.ts';
import type { BatchLimits } from './batch-plan.ts';
import { CappedCommit } from './capped-commit.ts';
import { type Chunk, countMessages, halve, joinHalves } from './chunk.ts';
import { GroupCommit } from './group-commit.ts';
import type { NewMessage, PushItem, PushResult } from './message.ts';
import type { PartitionDirectory } from './partition-directory.ts';
import type { PayloadCipher } from './payload-cipher.ts';
import type { PreparedGroup } from './prepared-push.ts';
import { PushOutageError } from './push-outage-error.ts';
import { type MessageOutcome, runPushTransaction } from './push-transaction.ts';
import { OUTAGE_GRACE_MS, QueuePush, RETRY_DELAY_MS } from './queue-push.ts';
import { estimateRowBytes } from './row-size.ts';
import type { TransactionSlots } from './transaction-slots.ts';

export interface QueueManagerOptions {
  readonly pool: AsyncDbPool;
  readonly batchLimits: BatchLimits;
  readonly directory: PartitionDirectory;
  readonly slots: TransactionSlots;
  /** Undefined = messages for encrypted queues fail. */
  readonly cipher: PayloadCipher | undefined;
  /** How long a push whose queue is being changed is tried again. */
  readonly staleTimeoutMs: number;
  readonly failover: PushFailover;
  readonly line: WakeLine;
  readonly log: Logger;
}

const MAX_CONFLICT_ATTEMPTS = 5;

/**
 * The push side of the queue, one per worker. Requests are taken apart by partition, share transactions with other
 * requests (see {@link GroupCommit}), and are put together again in their own order.
 */
export class AsyncQueueManager {
  readonly #options: QueueManagerOptions;
  readonly #directory: PartitionDirectory;
  readonly #queuePush: QueuePush;

  constructor(options: QueueManagerOptions) {
    this.#options = options;
    this.#directory = options.directory;
    const commitOptions = {
      commit: (chunks: readonly Chunk[]) => this.pushMessagesChunk(chunks),
      limits: options.batchLimits,
      slots: options.slots,
      // What comes here is encrypted already if it has to be: its length is the stored one.
      rowBytes: (message: NewMessage) => estimateRowBytes(message.payload.length, false),
    };
    this.#queuePush = new QueuePush({
      pool: options.pool,
      directory: options.directory,
      groupCommit: new GroupCommit(commitOptions),
      cappedCommit: new CappedCommit(commitOptions),
      cipher: options.cipher,
      line: options.line,
      staleTimeoutMs: options.staleTimeoutMs,
    });
  }

  /** Pushes one message; see {@link pushMessages}. */
  async pushSingleMessage(item: PushItem): Promise<PushResult> {
    const [result] = await this.pushMessages([item]);
    if (result === undefined) throw new Error('A push of one message had no result.');
    return result;
  }

  /**
   * Pushes messages; results in input order, one each. Items are independent: a bad one fails alone. While PostgreSQL is
   * away they are buffered.
   *
   * @throws PushOutageError when nobody can tell what was stored.
   */
  async pushMessages(items: readonly PushItem[]): Promise<readonly PushResult[]> {
    return await this.#options.failover.push(items, (groups) => this.#pushDirectly(groups));
  }

  /**
   * Pushes messages of one partition, in order, whatever the queue's `maxSize` says: for what was promised before. The
   * partition is made if it does not exist.
   *
   * @throws PushOutageError when PostgreSQL is away.
   */
  async pushMessagesBatch(
    queue: string,
    partition: string,
    messages: readonly NewMessage[],
  ): Promise<readonly MessageOutcome[]> {
    const [outcomes] = await this.#queuePush.push(queue, [{ partition, messages }], { pastCapacity: true });
    return outcomes ?? [];
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

  /** The groups of a queue stand together, so the outcomes are in their order. */
  async #pushDirectly(
    groups: readonly PreparedGroup[],
  ): Promise<readonly (readonly MessageOutcome[] | OutageOutcome)[]> {
    const queues = [...Map.groupBy(groups, ({ queue }) => queue)];
    return (await Promise.all(queues.map(([queue, ofQueue]) => this.#pushQueue(queue, ofQueue)))).flat();
  }

  async #pushQueue(
    queue: string,
    groups: readonly PreparedGroup[],
  ): Promise<readonly (readonly MessageOutcome[] | OutageOutcome)[]> {
    try {
      return await this.#queuePush.push(
        queue,
        groups.map(({ partition, messages }) => ({ partition, messages: messages.map(({ message }) => message) })),
      );
    } catch (error) {
      if (!(error instanceof PushOutageError)) throw error;
      const outcome = error.mayBeStored ? 'outage' : 'unsent';
      return groups.map(() => outcome);
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
