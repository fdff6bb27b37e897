import type { Statement } from '../pool/pool-member.ts';

export interface LeaseRow {
  readonly lease_id: string;
  /** The partition's name on the wire. */
  readonly partition_uuid: string;
  readonly consumer_group: string;
}

/** Which partition and group leases are of; `leaseIds` are UUIDs. Rows are {@link LeaseRow}. */
export function findLeasesStatement(leaseIds: readonly string[]): Statement {
  return {
    name: 'find-leases',
    text: `
      select c.lease_id, p.uuid as partition_uuid, c.consumer_group
      from partition_consumers c join partitions p on p.id = c.partition_id
      where c.lease_id = any ($1::uuid[])`,
    values: [leaseIds],
  };
}
