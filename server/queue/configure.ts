import type { AsyncDbPool } from '../pool/async-db-pool.ts';
import {
  createDefaultPartitionStatement,
  setPartitionVersionsStatement,
  upsertQueueStatement,
} from '../sql/configure-queue.ts';
import { DEFAULT_PARTITION } from './message.ts';
import type { QueueOptions } from './queue-options.ts';

export interface QueueConfiguration {
  readonly queue: string;
  readonly namespace: string;
  readonly task: string;
  readonly options: QueueOptions;
}

/**
 * Makes a queue or replaces all its options, in one transaction: the queue's row first, then the version its partitions
 * carry, so that a push prepared for the old options is noticed whichever of the two commits first.
 */
export async function configureQueue(pool: AsyncDbPool, configuration: QueueConfiguration): Promise<void> {
  await using connection = await pool.acquire();
  // On an error the pool rolls back when the connection is given back.
  await connection.query({ text: 'begin' });
  const { rows } = await connection.query<{ id: string; version: number }>(upsertQueueStatement(configuration));
  const queue = rows[0];
  if (queue === undefined) throw new Error('Configuring the queue returned no row.');
  await connection.query(setPartitionVersionsStatement(queue.id, queue.version));
  await connection.query(createDefaultPartitionStatement(queue.id, queue.version, DEFAULT_PARTITION));
  await connection.query({ text: 'commit' });
}
