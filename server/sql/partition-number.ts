import type { Statement } from '../pool/pool-member.ts';

export interface PartitionNumberRow {
  readonly id: string;
}

/** The number of the partition that has this name on the wire, if it exists. */
export function findPartitionNumberStatement(uuid: string): Statement {
  return { name: 'partition-number', text: 'select id from partitions where uuid = $1', values: [uuid] };
}
