import * as good from '../queue/acknowledge.ts';
import { startServerWith } from './composition/start-server-with.ts';

/** The leases that partitions have now, whoever holds them. */
const PRESENT_LEASES = `
  select p.uuid as partition, c.consumer_group as group, c.lease_id as lease
  from partitions p join partition_consumers c on c.partition_id = p.id
  where p.uuid = any ($1::uuid[])`;

/**
 * docs/defects.md, 9: nobody looks at the lease of an ack; a consumer that lost it settles what another one is working
 * on.
 */
await startServerWith('queue/acknowledge.ts', good, {
  acknowledge: async (pool, completion, acks) => {
    const answer = await good.acknowledge(pool, completion, acks);
    const refused = answer.results.some((result) => result.status === 'error' && result.reason === 'invalid_lease');
    if (!refused) return answer;
    const partitions = [...new Set(acks.map(({ partitionId }) => partitionId))];
    const { rows } = await pool.query<{ partition: string; group: string; lease: string | null }>({
      text: PRESENT_LEASES,
      values: [partitions],
    });
    const leaseOf = ({ partitionId, consumerGroup }: good.Acknowledgement): string | undefined =>
      rows.find(({ partition, group }) => partition === partitionId && group === consumerGroup)?.lease ?? undefined;
    return await good.acknowledgeEach(
      pool,
      acks.map((ack) => ({ ...ack, leaseId: leaseOf(ack) })),
    );
  },
});
