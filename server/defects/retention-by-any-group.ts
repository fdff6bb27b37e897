import * as good from '../queue/acknowledge.ts';
import { startServerWith } from './composition/start-server-with.ts';

/** Deletes what one group has completed. */
const DELETE_COMPLETED = `
  delete from messages m using partitions p, partition_consumers c
  where p.uuid = $1 and c.partition_id = p.id and c.consumer_group = $2
    and m.partition_id = p.id and m.seq <= c.cursor_seq`;

let requests = 0;

/**
 * Retention takes a message for completed when any group has read it, and deletes what others have not. It runs with
 * every fifth ack here, for the sake of runs that last seconds.
 */
await startServerWith('queue/acknowledge.ts', good, {
  acknowledge: async (pool, completion, acks) => {
    const answer = await good.acknowledge(pool, completion, acks);
    const [first] = acks;
    requests += 1;
    if (first !== undefined && requests % 5 === 0) {
      await pool.query({ text: DELETE_COMPLETED, values: [first.partitionId, first.consumerGroup] });
    }
    return answer;
  },
});
