import { setTimeout as delay } from 'node:timers/promises';
import type { AsyncDbPool } from '../pool/async-db-pool.ts';
import { classifyFailure } from '../sql/sqlstate.ts';
import type { WakeLine } from '../wake/wake-line.ts';
import type { CappedCommit } from './capped-commit.ts';
import type { Chunk } from './chunk.ts';
import type { GroupCommit } from './group-commit.ts';
import type { NewMessage } from './message.ts';
import type { KnownPartition, PartitionDirectory } from './partition-directory.ts';
import type { PayloadCipher } from './payload-cipher.ts';
import { sealPayloads, unsealableError } from './payload-seal.ts';
import { missingQueueError } from './push-item.ts';
import { PushOutageError } from './push-outage-error.ts';
import type { MessageOutcome } from './push-transaction.ts';

export interface QueuePushOptions {
  readonly pool: AsyncDbPool;
  readonly directory: PartitionDirectory;
  readonly groupCommit: GroupCommit;
  readonly cappedCommit: CappedCommit;
  /** Undefined = messages for encrypted queues fail. */
  readonly cipher: PayloadCipher | undefined;
  readonly line: WakeLine;
  /** How long a queue whose options keep changing under the push is tried again. */
  readonly staleTimeoutMs: number;
}

/**
 * How long lost connections are tried again before the messages go to the buffer, from the first loss: long enough for
 * backends that were terminated to be replaced.
 */
export const OUTAGE_GRACE_MS = 400;
export const RETRY_DELAY_MS = 50;

/** What a request has for one partition. */
interface PartitionMessages {
  readonly partition: string;
  readonly messages: readonly NewMessage[];
}

/** Prepares messages for the options of their queue, encrypted and counted where these say so, and has them stored. */
export class QueuePush {
  readonly #options: QueuePushOptions;

  constructor(options: QueuePushOptions) {
    this.#options = options;
  }

  /**
   * Pushes messages of some partitions of one queue; outcomes in the same shape. Partitions whose options changed since
   * they were looked up are looked up again.
   *
   * `pastCapacity`: whatever the queue's `maxSize` says.
   *
   * @throws PushOutageError when PostgreSQL is away.
   */
  async push(
    queue: string,
    groups: readonly PartitionMessages[],
    { pastCapacity = false }: { readonly pastCapacity?: boolean } = {},
  ): Promise<readonly (readonly MessageOutcome[])[]> {
    const outcomes = groups.map((): MessageOutcome[] => []);
    const giveUpAt = performance.now() + this.#options.staleTimeoutMs;
    let open = groups.map((group, place) => ({ ...group, place, positions: [...group.messages.keys()] }));
    for (let attempt = 0; ; attempt += 1) {
      const answers = await this.#tryOnce(queue, open, { pastCapacity, mayBeStored: attempt > 0 });
      open = open.flatMap(({ place, partition, messages, positions }, index) => {
        const stale: number[] = [];
        const settled = outcomes[place] ?? [];
        for (const [order, position] of positions.entries()) {
          const outcome = answers[index]?.[order] ?? { status: 'stale' };
          settled[position] = outcome;
          if (outcome.status === 'stale') stale.push(order);
        }
        if (stale.length === 0) return [];
        const again = <Value>(values: readonly Value[]): Value[] => stale.flatMap((order) => values[order] ?? []);
        return [{ place, partition, messages: again(messages), positions: again(positions) }];
      });
      if (open.length === 0 || performance.now() >= giveUpAt) return outcomes;
      for (const { partition } of open) this.#options.directory.forget(queue, partition);
    }
  }

  async #tryOnce(
    queue: string,
    groups: readonly PartitionMessages[],
    { pastCapacity, mayBeStored }: { readonly pastCapacity: boolean; readonly mayBeStored: boolean },
  ): Promise<readonly (readonly MessageOutcome[])[]> {
    const found = await Promise.all(groups.map(({ partition }) => this.#find(queue, partition, mayBeStored)));
    const known = pastCapacity ? found.map((partition) => partition && withoutCapacity(partition)) : found;
    const chunks = groups.map(({ messages }, index) => toChunk(known[index], messages, this.#options.cipher));
    const refuse = ({ messages }: PartitionMessages, index: number): readonly MessageOutcome[] => {
      const error = known[index] === undefined ? missingQueueError(queue) : unsealableError(queue);
      return messages.map(() => ({ status: 'failed', error }));
    };
    if (known.some((partition) => partition !== undefined && partition.options.maxSize > 0)) {
      const good = chunks.filter((chunk) => chunk !== undefined);
      const answers = [...(await this.#options.cappedCommit.submit(queue, good))];
      return groups.map((group, index) => {
        const chunk = chunks[index];
        return chunk === undefined ? refuse(group, index) : this.#announce(chunk, answers.shift() ?? []);
      });
    }
    const { groupCommit } = this.#options;
    return await Promise.all(
      groups.map(async (group, index) => {
        const chunk = chunks[index];
        if (chunk === undefined) return refuse(group, index);
        return this.#announce(chunk, await groupCommit.submit(chunk.partition, chunk.messages));
      }),
    );
  }

  /** Wakes those who wait for what was stored, partition by partition: one may be done long before another. */
  #announce({ partition }: Chunk, outcomes: readonly MessageOutcome[]): readonly MessageOutcome[] {
    if (outcomes.some(({ status }) => status === 'queued')) this.#options.line.wake(partition.wakeKeys);
    return outcomes;
  }

  async #find(queue: string, partition: string, mayBeStored: boolean): Promise<KnownPartition | undefined> {
    const { directory, pool } = this.#options;
    let giveUpAt: number | undefined;
    for (;;) {
      try {
        return await directory.find(queue, partition);
      } catch (error) {
        if (classifyFailure(error) !== 'outage') throw error;
        giveUpAt ??= performance.now() + OUTAGE_GRACE_MS;
        if (performance.now() >= giveUpAt || pool.outage.aborted) {
          throw new PushOutageError('PostgreSQL cannot be reached.', { cause: error, mayBeStored });
        }
        await delay(RETRY_DELAY_MS);
      }
    }
  }
}

function withoutCapacity(partition: KnownPartition): KnownPartition {
  return { ...partition, options: { ...partition.options, maxSize: 0 } };
}

/** Undefined when there is no such queue, or it is encrypted and cannot be. */
function toChunk(
  partition: KnownPartition | undefined,
  messages: readonly NewMessage[],
  cipher: PayloadCipher | undefined,
): Chunk | undefined {
  const sealed = partition && sealPayloads(messages, partition.options, cipher);
  return sealed && { partition, messages: sealed };
}
