import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import type { Logger } from '../log.ts';
import type { AsyncDbPool } from '../pool/async-db-pool.ts';
import { classifyFailure } from '../sql/sqlstate.ts';
import type { WakeLine } from '../wake/wake-line.ts';
import type { BatchLimits } from './batch-plan.ts';
import { CappedCommit } from './capped-commit.ts';
import { type Chunk, countMessages, halve, joinHalves } from './chunk.ts';
import { GroupCommit } from './group-commit.ts';
import type { NewMessage, PushItem, PushResult } from './message.ts';
import type { PartitionDirectory } from './partition-directory.ts';
import type { PayloadCipher } from './payload-cipher.ts';
import { type PreparedGroup, preparePush, toResult } from './prepared-push.ts';
import { PushOutageError } from './push-outage-error.ts';
import { type MessageOutcome, runPushTransaction } from './push-transaction.ts';
import { QueuePush } from './queue-push.ts';
import { estimateRowBytes } from './row-size.ts';
import type { TransactionSlots } from './transaction-slots.ts';
import type { UuidV7Generator } from './uuid-v7.ts';

export interface QueueManagerOptions {
  readonly pool: AsyncDbPool;
  readonly ids: UuidV7Generator;
  readonly batchLimits: BatchLimits;
  readonly directory: PartitionDirectory;
  readonly slots: TransactionSlots;
  /** Undefined = messages for encrypted queues fail. */
  readonly cipher: PayloadCipher | undefined;
  /** How long a push is tried again while PostgreSQL is away before its outcome is given up as unknown. */
  readonly outageTimeoutMs: number;
  readonly line: WakeLine;
  readonly log: Logger;
}

/**
 * From this many items on, a push lets other requests have their turn between its steps. Each step takes a millisecond a
 * thousand items at most; without pauses 10,000 items held the event loop for 20 ms at a time.
 */
const LARGE_PUSH = 1_000;
const MAX_CONFLICT_ATTEMPTS = 5;
const RETRY_DELAY_MS = 50;

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
      directory: options.directory,
      groupCommit: new GroupCommit(commitOptions),
      cappedCommit: new CappedCommit(commitOptions),
      cipher: options.cipher,
      line: options.line,
      timeoutMs: options.outageTimeoutMs,
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
   * @throws PushOutageError when PostgreSQL stayed away, so that nobody can tell what was stored.
   */
  async pushMessages(items: readonly PushItem[]): Promise<readonly PushResult[]> {
    const results = new Array<PushResult>(items.length);
    // The caller has just decoded the items and is about to write the results: each step has a turn of its own.
    const isLarge = items.length >= LARGE_PUSH;
    if (isLarge) await nextTurn();
    const groups = preparePush(items, this.#options.ids, results);
    if (isLarge) await nextTurn();
    const queues = Map.groupBy(groups, ({ queue }) => queue);
    await Promise.all([...queues.values()].map((ofQueue) => this.#pushQueue(ofQueue, results)));
    if (isLarge) await nextTurn();
    return results;
  }

  /** Pushes messages of one partition, in order; the partition is made if it does not exist. */
  async pushMessagesBatch(
    queue: string,
    partition: string,
    messages: readonly NewMessage[],
  ): Promise<readonly MessageOutcome[]> {
    const [outcomes] = await this.#queuePush.push(queue, [{ partition, messages }]);
    return outcomes ?? [];
  }

  /**
   * Stores chunks of several partitions in one transaction. A value PostgreSQL refuses is hunted down by halving, so that
   * it fails alone; lost connections and deadlocks are tried again, which is safe because ids were given before.
   *
   * @throws PushOutageError when PostgreSQL stays away.
   */
  async pushMessagesChunk(chunks: readonly Chunk[]): Promise<readonly (readonly MessageOutcome[])[]> {
    const giveUpAt = performance.now() + this.#options.outageTimeoutMs;
    // Once a try may have been committed, no later failure makes the outcome known.
    let outcomeUnknown = false;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await runPushTransaction(this.#options.pool, chunks);
      } catch (error) {
        const kind = classifyFailure(error);
        if (kind === 'data' && countMessages(chunks) > 1) {
          const [first, second] = halve(chunks);
          return joinHalves(chunks, await this.pushMessagesChunk(first), await this.pushMessagesChunk(second));
        }
        if (kind === 'other' && chunks.length > 1 && !outcomeUnknown) return await this.#pushOneByOne(chunks);
        outcomeUnknown ||= kind === 'outage';
        const retry =
          kind === 'outage' ? performance.now() < giveUpAt : kind === 'conflict' && attempt < MAX_CONFLICT_ATTEMPTS;
        if (!retry) return this.#giveUp(chunks, error, outcomeUnknown);
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

  async #pushQueue(groups: readonly PreparedGroup[], results: PushResult[]): Promise<void> {
    const outcomes = await this.#queuePush.push(
      groups[0]?.queue ?? '',
      groups.map(({ partition, messages }) => ({ partition, messages: messages.map(({ message }) => message) })),
    );
    for (const [group, { messages }] of groups.entries()) {
      for (const [position, prepared] of messages.entries()) {
        results[prepared.index] = toResult(prepared, outcomes[group]?.[position] ?? { status: 'stale' });
      }
    }
  }

  #giveUp(chunks: readonly Chunk[], error: unknown, outcomeUnknown: boolean): readonly (readonly MessageOutcome[])[] {
    if (outcomeUnknown) {
      throw new PushOutageError('PostgreSQL cannot be reached; whether the messages were stored is unknown.', {
        cause: error,
      });
    }
    this.#options.log.error({ err: error }, 'push transaction failed');
    const text = error instanceof Error ? error.message : String(error);
    return chunks.map(({ messages }) => messages.map(() => ({ status: 'failed', error: text })));
  }
}
