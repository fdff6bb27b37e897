import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../log.ts';
import type { AsyncDbPool } from '../pool/async-db-pool.ts';
import type { PooledConnection } from '../pool/pooled-connection.ts';
import { type LockedQueueRow, lockQueuesStatement } from '../sql/queue-capacity.ts';
import { classifyFailure } from '../sql/sqlstate.ts';
import { type PartitionLabels, wakeKeysOf } from '../wake/wake-key.ts';
import type { WakeLine } from '../wake/wake-line.ts';
import { judgeCapacity } from './capacity.ts';
import type { Chunk } from './chunk.ts';
import type { PartitionDirectory } from './partition-directory.ts';
import type { PayloadCipher } from './payload-cipher.ts';
import { sealPayloads, unsealableError } from './payload-seal.ts';
import type { PreparedGroup } from './prepared-push.ts';
import { missingQueueError } from './push-item.ts';
import { storeChunks } from './push-transaction.ts';
import { acknowledgeInTransaction } from './transaction-acks.ts';
import { planTransaction, type TransactionPlan } from './transaction-plan.ts';
import {
  committedReply,
  errorOf,
  rolledBackReply,
  type TransactionOperation,
  type TransactionOutcome,
  type TransactionReply,
} from './transaction-reply.ts';
import type { TransactionSlots } from './transaction-slots.ts';
import type { UuidV7Generator } from './uuid-v7.ts';

export interface TransactionsOptions {
  readonly pool: AsyncDbPool;
  readonly ids: UuidV7Generator;
  readonly directory: PartitionDirectory;
  readonly slots: TransactionSlots;
  readonly cipher: PayloadCipher | undefined;
  readonly line: WakeLine;
  readonly log: Logger;
}

/** PostgreSQL went away; the message says whether the transaction may have been committed. */
export class TransactionOutageError extends Error {
  override readonly name = 'TransactionOutageError';
}

/** Messages of one partition that the transaction stores, and the steps they answer. */
interface PushPart {
  readonly group: PreparedGroup;
  readonly chunk: Chunk;
}

/** A queue's options changed after its partitions were looked up; another try finds the new ones. */
class StaleTransactionError extends Error {
  override readonly name = 'StaleTransactionError';
}

const MAX_ATTEMPTS = 10;
const RETRY_DELAY_MS = 20;

/**
 * Transactions of pushes and acknowledgements: one transaction of PostgreSQL on one connection, all or nothing.
 *
 * Locks are had in one order by everybody: queues (only of those with a capacity), partitions, consumers, each by id, so
 * transactions do not deadlock. Should one be chosen as a victim all the same it runs again: nothing of it was stored.
 *
 * Sending a transaction again is safe when its messages have transaction ids of their own: they are duplicates then, which
 * is no failure, and its acks are answered by what stands; see {@link acknowledgeInTransaction}. A queue that does not
 * exist fails the transaction; the original server made one with default options, out of every typing error.
 * Partitions are made on first use and stay, empty, when the transaction is rolled back. A queue's capacity is judged before
 * the acks, so these make no room for its own pushes.
 */
export class Transactions {
  readonly #options: TransactionsOptions;

  constructor(options: TransactionsOptions) {
    this.#options = options;
  }

  /**
   * Executes operations; `leaseIds` are of acks that name none themselves.
   *
   * @throws TransactionOutageError; and what PostgreSQL answered when it rolled back for a reason of its own (a lock that
   * was not freed in time).
   */
  async execute(operations: readonly TransactionOperation[], leaseIds: readonly string[]): Promise<TransactionReply> {
    const transactionId = this.#options.ids.generate().text;
    const plan = planTransaction(operations, this.#options.ids);
    const { steps } = plan;
    for (let attempt = 1; ; attempt += 1) {
      const outcomes = [...plan.refusals];
      const parts = await this.#lookUp(plan, outcomes);
      if (hasFailure(outcomes)) return rolledBackReply(transactionId, steps, outcomes);
      try {
        const done = await this.#options.slots.run(() => this.#attempt(plan, parts, leaseIds));
        return hasFailure(done)
          ? rolledBackReply(transactionId, steps, done)
          : committedReply(transactionId, steps, done);
      } catch (error) {
        const stale = error instanceof StaleTransactionError;
        const kind = classifyFailure(error);
        if (kind === 'data') return rolledBackReply(transactionId, steps, [], String(error));
        if ((!stale && kind !== 'conflict') || attempt === MAX_ATTEMPTS) throw error;
        if (stale) for (const { group } of parts) this.#options.directory.forget(group.queue, group.partition);
        else this.#options.log.warn({ err: error, attempt }, 'transaction was rolled back, trying again');
        await delay(RETRY_DELAY_MS * Math.random());
      }
    }
  }

  /** One look-up after the other, so that the request has no more than one connection at any time. */
  async #lookUp(
    { groups, pushSteps }: TransactionPlan,
    outcomes: (TransactionOutcome | undefined)[],
  ): Promise<readonly PushPart[]> {
    const { directory, cipher } = this.#options;
    const parts: PushPart[] = [];
    for (const group of groups) {
      const partition = await beforeCommit(directory.find(group.queue, group.partition));
      const plain = group.messages.map(({ message }) => message);
      const messages = partition && sealPayloads(plain, partition.options, cipher);
      if (partition !== undefined && messages !== undefined) {
        parts.push({ group, chunk: { partition, messages } });
        continue;
      }
      const error = partition === undefined ? missingQueueError(group.queue) : unsealableError(group.queue);
      for (const { index } of group.messages) outcomes[pushSteps[index] ?? -1] = { status: 'failed', error };
    }
    return parts;
  }

  /** Committed exactly when no outcome is a failure. */
  async #attempt(
    plan: TransactionPlan,
    parts: readonly PushPart[],
    leaseIds: readonly string[],
  ): Promise<readonly TransactionOutcome[]> {
    await using connection = await beforeCommit(this.#options.pool.acquire());
    const work = await beforeCommit(this.#work(connection, plan, parts, leaseIds));
    // On a failure the pool rolls back when the connection is given back.
    if (hasFailure(work.outcomes)) return work.outcomes;
    try {
      await connection.query({ text: 'commit' });
    } catch (error) {
      if (classifyFailure(error) !== 'outage') throw error;
      throw new TransactionOutageError(
        'PostgreSQL went away; whether the transaction was committed is unknown. It can be sent again if its messages have transaction ids.',
        { cause: error },
      );
    }
    const { line } = this.#options;
    const queued = parts.filter(({ group }) =>
      group.messages.some(({ index }) => work.outcomes[plan.pushSteps[index] ?? -1]?.status === 'queued'),
    );
    const keys = [...queued.flatMap(({ chunk }) => chunk.partition.wakeKeys), ...work.freed.flatMap(wakeKeysOf)];
    if (keys.length > 0) line.wake([...new Set(keys)]);
    return work.outcomes;
  }

  async #work(
    connection: PooledConnection,
    plan: TransactionPlan,
    parts: readonly PushPart[],
    leaseIds: readonly string[],
  ): Promise<{ readonly outcomes: readonly TransactionOutcome[]; readonly freed: readonly PartitionLabels[] }> {
    const outcomes = new Array<TransactionOutcome>(plan.steps.length);
    await connection.query({ text: 'begin' });
    await this.#refuseOverCapacity(connection, plan, parts, outcomes);
    if (hasFailure(outcomes)) return { outcomes, freed: [] };
    const stored =
      parts.length === 0
        ? []
        : await storeChunks(
            connection,
            parts.map(({ chunk }) => chunk),
          );
    for (const [part, { group }] of parts.entries()) {
      for (const [position, { index, message }] of group.messages.entries()) {
        const outcome = stored[part]?.[position] ?? { status: 'stale' };
        if (outcome.status === 'stale') throw new StaleTransactionError('The queue changed while it was pushed to');
        outcomes[plan.pushSteps[index] ?? -1] =
          outcome.status === 'queued' ? { status: 'queued', messageId: message.id.text } : outcome;
      }
    }
    const isRepeat = stored.length > 0 && stored.flat().every(({ status }) => status === 'duplicate');
    const { results, freed } = await acknowledgeInTransaction(connection, plan.acknowledgements, {
      leaseIds,
      isRepeat,
    });
    for (const [position, step] of plan.ackSteps.entries()) {
      const result = results[position];
      outcomes[step] =
        result === undefined || result.status === 'error'
          ? { status: 'failed', error: result?.reason ?? 'not_found' }
          : result;
    }
    return { outcomes, freed };
  }

  async #refuseOverCapacity(
    connection: PooledConnection,
    { pushSteps }: TransactionPlan,
    parts: readonly PushPart[],
    outcomes: TransactionOutcome[],
  ): Promise<void> {
    const capped = parts.filter(({ chunk }) => chunk.partition.options.maxSize > 0);
    if (capped.length === 0) return;
    const names = [...new Set(capped.map(({ group }) => group.queue))];
    const { rows } = await connection.query<LockedQueueRow>(lockQueuesStatement(names));
    for (const queue of rows) {
      const own = capped.filter(({ group }) => group.queue === queue.name);
      const [error] = await judgeCapacity(connection, queue, [own.map(({ chunk }) => chunk)]);
      if (error === undefined) continue;
      if (own.some(({ chunk }) => chunk.partition.queueVersion !== queue.version)) {
        throw new StaleTransactionError('The queue changed while it was pushed to');
      }
      const failed = own.flatMap(({ group }) => group.messages);
      for (const { index } of failed) outcomes[pushSteps[index] ?? -1] = { status: 'failed', error };
    }
  }
}

function hasFailure(outcomes: readonly (TransactionOutcome | undefined)[]): boolean {
  return outcomes.some((outcome) => errorOf(outcome) !== undefined);
}

/** Until the commit is sent an outage means that nothing was stored. */
async function beforeCommit<Value>(work: Promise<Value>): Promise<Value> {
  try {
    return await work;
  } catch (error) {
    if (classifyFailure(error) !== 'outage') throw error;
    throw new TransactionOutageError('PostgreSQL cannot be reached; nothing of the transaction was stored.', {
      cause: error,
    });
  }
}
