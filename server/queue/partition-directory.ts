import type { AsyncDbPool } from '../pool/async-db-pool.ts';
import { whileAlive } from '../pool/probe.ts';
import { createPartitionStatement, findPartitionStatement, type PartitionRow } from '../sql/resolve-partition.ts';
import { wakeKeysOf } from '../wake/wake-key.ts';
import type { QueueOptions } from './queue-options.ts';

/** A partition as pushes need it. */
export interface KnownPartition {
  readonly queue: string;
  readonly partition: string;
  readonly id: bigint;
  /** Version of the queue's options this was read with; PostgreSQL checks it when the push locks the partition. */
  readonly queueVersion: number;
  /** The queue's options as of that version. */
  readonly options: Pick<QueueOptions, 'encryptionEnabled' | 'maxSize'>;
  /** Under which consumers wait for its messages. */
  readonly wakeKeys: readonly string[];
}

/** Bound on remembered partitions; beyond it the directory starts afresh, which costs a look-up each. */
const MAX_KNOWN_PARTITIONS = 100_000;

/**
 * Remembers partitions, and makes them on first use. Queue and partition stay two values, in two nested maps: joined into
 * one string, ("a", "b:c") and ("a:b", "c") would be the same. What it remembers may be out of date; the push finds out
 * and calls {@link forget}.
 */
export class PartitionDirectory {
  readonly #pool: AsyncDbPool;
  readonly #known = new Map<string, Map<string, Promise<KnownPartition | undefined>>>();
  #size = 0;

  constructor(pool: AsyncDbPool) {
    this.#pool = pool;
  }

  /** Undefined when the queue does not exist. Callers that ask for the same partition share one look-up. */
  find(queue: string, partition: string): Promise<KnownPartition | undefined> {
    const known = this.#known.get(queue)?.get(partition);
    if (known !== undefined) return known;
    const lookUp = this.#lookUp(queue, partition);
    this.#remember(queue, partition, lookUp);
    const forgetUnlessFound = (found: KnownPartition | undefined): void => {
      if (found === undefined) this.forget(queue, partition);
    };
    lookUp.then(forgetUnlessFound, () => this.forget(queue, partition));
    return lookUp;
  }

  forget(queue: string, partition: string): void {
    const partitions = this.#known.get(queue);
    if (partitions?.delete(partition)) this.#size -= 1;
    if (partitions?.size === 0) this.#known.delete(queue);
  }

  #remember(queue: string, partition: string, lookUp: Promise<KnownPartition | undefined>): void {
    if (this.#size >= MAX_KNOWN_PARTITIONS) {
      this.#known.clear();
      this.#size = 0;
    }
    const partitions = this.#known.get(queue) ?? new Map<string, Promise<KnownPartition | undefined>>();
    partitions.set(partition, lookUp);
    this.#known.set(queue, partitions);
    this.#size += 1;
  }

  async #lookUp(queue: string, partition: string): Promise<KnownPartition | undefined> {
    await using connection = await this.#pool.acquire({ signal: this.#pool.outage });
    const find = findPartitionStatement(queue, partition);
    const ask = async () => (await whileAlive(this.#pool, connection.query<PartitionRow>(find))).rows[0];
    let row = await ask();
    if (row === undefined) {
      await whileAlive(this.#pool, connection.query(createPartitionStatement(queue, partition)));
      row = await ask();
    }
    if (row === undefined) return undefined;
    const wakeKeys = wakeKeysOf({ queue, partition, namespace: row.namespace, task: row.task });
    const { encryptionEnabled, maxSize } = row.options;
    return {
      queue,
      partition,
      id: BigInt(row.id),
      queueVersion: row.queue_version,
      options: { encryptionEnabled, maxSize },
      wakeKeys,
    };
  }
}
