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
    const outcomes = groups.map(({ messages }) => new Array<MessageOutcome>(messages.length).fill({ status: 'stale' }));
    const giveUpAt = performance.now() + this.#options.timeoutMs;
    for (let attempt = 0; attempt === 0 || performance.now() < giveUpAt; attempt += 1) {
      const open = outcomes.flatMap((group, place) => {
        const positions = group.flatMap(({ status }, position) => (status === 'stale' ? [position] : []));
        const { partition = '', messages = [] } = groups[place] ?? {};
        return positions.length === 0
          ? []
          : [{ place, positions, partition, messages: positions.flatMap((position) => messages[position] ?? []) }];
      });
      if (open.length === 0) return outcomes;
      if (attempt > 0) for (const { partition } of open) this.#options.directory.forget(queue, partition);
      const answers = await this.#tryOnce(queue, open);
      for (const [index, { place, positions }] of open.entries()) {
        for (const [order, position] of positions.entries()) {
          const outcome = answers[index]?.[order];
          if (outcome !== undefined) outcomes[place]?.splice(position, 1, outcome);
        }
      }
    }
    return outcomes;
  }

  async #tryOnce(queue: string, groups: readonly PartitionMessages[]): Promise<readonly (readonly MessageOutcome[])[]> {
    const known = await Promise.all(groups.map(({ partition }) => this.#find(queue, partition)));
    const chunks = groups.map(({ messages }, index) => toChunk(known[index], messages, this.#options.cipher));
    const good = chunks.filter((chunk) => chunk !== undefined);
    const capped = good.some(({ partition }) => partition.options.maxSize > 0);
    const answers = capped
      ? await this.#options.cappedCommit.submit(queue, good)
      : await Promise.all(good.map(({ partition, messages }) => this.#options.groupCommit.submit(partition, messages)));
    for (const [index, { partition }] of good.entries()) {
      if (answers[index]?.some(({ status }) => status === 'queued')) this.#options.line.wake(partition.wakeKeys);
    }
    const byChunk = new Map(good.map((chunk, index) => [chunk, answers[index] ?? []]));
    return groups.map(({ messages }, index) => {
      const chunk = chunks[index];
      if (chunk !== undefined) return byChunk.get(chunk) ?? [];
      const error = known[index] === undefined ? missingQueueError(queue) : unsealableError(queue);
      return messages.map(() => ({ status: 'failed', error }));
    });
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
