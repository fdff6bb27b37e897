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
  readonly directory: PartitionDirectory;
  readonly groupCommit: GroupCommit;
  readonly cappedCommit: CappedCommit;
  /** Undefined = messages for encrypted queues fail. */
  readonly cipher: PayloadCipher | undefined;
  readonly line: WakeLine;
  /** How long a queue whose options keep changing under the push is tried again. */
  readonly timeoutMs: number;
}

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
   */
  async push(queue: string, groups: readonly PartitionMessages[]): Promise<readonly (readonly MessageOutcome[])[]> {
    const outcomes = groups.map((): MessageOutcome[] => []);
    const giveUpAt = performance.now() + this.#options.timeoutMs;
    let open = groups.map((group, place) => ({ ...group, place, positions: [...group.messages.keys()] }));
    for (;;) {
      const answers = await this.#tryOnce(queue, open);
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

  async #tryOnce(queue: string, groups: readonly PartitionMessages[]): Promise<readonly (readonly MessageOutcome[])[]> {
    const known = await Promise.all(groups.map(({ partition }) => this.#find(queue, partition)));
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

  async #find(queue: string, partition: string): Promise<KnownPartition | undefined> {
    try {
      return await this.#options.directory.find(queue, partition);
    } catch (error) {
      if (classifyFailure(error) !== 'outage') throw error;
      throw new PushOutageError('PostgreSQL cannot be reached; whether all messages were stored is unknown.', {
        cause: error,
      });
    }
  }
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
