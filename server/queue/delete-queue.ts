import type { AsyncDbPool } from '../pool/async-db-pool.ts';
import {
  allowDeletionTimeStatement,
  type DoomedPartitionRow,
  type DoomedQueueRow,
  deleteMessageRangesStatement,
  deleteQueueStatement,
  lockCursorsStatement,
  lockPartitionsStatement,
  lockQueueStatement,
} from '../sql/delete-queue.ts';

/** Most messages one statement deletes: a fraction of a second, so that no reply is late however large the queue is. */
const MESSAGES_A_STATEMENT = 20_000;
/** For the last statement, whose foreign keys delete cursors, dead letters and traces of any number. */
const STATEMENT_TIMEOUT_MS = 600_000;

interface SeqRange {
  readonly partitionId: string;
  readonly from: number;
  readonly to: number;
}

/**
 * Deletes a queue with all it holds, in one transaction. While it runs, pushes to the queue wait for the locks of its
 * partitions, and afterwards find no queue: a message is either gone with the queue or was refused.
 *
 * @returns whether there was such a queue.
 */
export async function deleteQueue(pool: AsyncDbPool, queue: string): Promise<boolean> {
  await using connection = await pool.acquire();
  // On an error the pool rolls back when the connection is given back.
  await connection.query({ text: 'begin' });
  await connection.query(allowDeletionTimeStatement(STATEMENT_TIMEOUT_MS));
  const { rows } = await connection.query<DoomedQueueRow>(lockQueueStatement(queue));
  const doomed = rows[0];
  if (doomed !== undefined) {
    const { rows: partitions } = await connection.query<DoomedPartitionRow>(lockPartitionsStatement(doomed.id));
    await connection.query(lockCursorsStatement(partitions.map(({ id }) => id)));
    for (const ranges of inPortions(partitions)) await connection.query(deleteMessageRangesStatement(ranges));
    await connection.query(deleteQueueStatement(doomed.id));
  }
  await connection.query({ text: 'commit' });
  return doomed !== undefined;
}

/** All numbers of the partitions, in portions of at most {@link MESSAGES_A_STATEMENT}. */
function* inPortions(partitions: readonly DoomedPartitionRow[]): Generator<readonly SeqRange[]> {
  let portion: SeqRange[] = [];
  let room = MESSAGES_A_STATEMENT;
  for (const { id: partitionId, last_seq } of partitions) {
    const lastSeq = Number(last_seq);
    for (let from = 0; from < lastSeq; ) {
      const to = Math.min(lastSeq, from + room);
      portion.push({ partitionId, from, to });
      room -= to - from;
      from = to;
      if (room > 0) continue;
      yield portion;
      portion = [];
      room = MESSAGES_A_STATEMENT;
    }
  }
  if (portion.length > 0) yield portion;
}
