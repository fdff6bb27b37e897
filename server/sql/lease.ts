import type { Statement } from '../pool/pool-member.ts';

/** A lease as the server that gave it knows it. */
export interface Lease {
  readonly id: string;
  /** Number of the partition. */
  readonly partitionId: string;
  readonly consumerGroup: string;
}

/** Moves the end of a live lease to `seconds` from now, unless it is later already. One row, or none when it is not live. */
export function extendLeaseStatement(leaseId: string, seconds: number): Statement {
  return {
    name: 'extend-lease',
    text: `
      update partition_consumers
      set lease_expires_at = greatest(lease_expires_at, clock_timestamp() + make_interval(secs => $2))
      where lease_id = $1 and lease_expires_at > clock_timestamp()`,
    values: [leaseId, seconds],
  };
}

/** Takes back a lease whose messages nobody got: as if the pop had never been. It counts as no retry. */
export function releaseLeaseStatement({ id, partitionId, consumerGroup }: Lease): Statement {
  return {
    name: 'release-lease',
    text: `
      update partition_consumers
      set lease_id = null, lease_expires_at = null, lease_seqs = '{}', lease_failed = '{}'
      where partition_id = $1 and consumer_group = $2 and lease_id = $3`,
    values: [partitionId, consumerGroup, id],
  };
}

/** Completes everything a lease delivered, at once (autoAck after a wait). One row, or none when the lease was lost. */
export function completeLeaseStatement({ id, partitionId, consumerGroup }: Lease): Statement {
  return {
    name: 'complete-lease',
    text: `
      update partition_consumers
      set cursor_seq = upper(lease_seqs) - 1,
          settled = settled * int8multirange(int8range(upper(lease_seqs), null)),
          retries = case when retries = '{}' then retries else retries - array(
            select seq::text from unnest(lease_seqs) r (seqs), generate_series(lower(seqs), upper(seqs) - 1) seq) end,
          lease_id = null, lease_expires_at = null, lease_seqs = '{}', lease_failed = '{}'
      where partition_id = $1 and consumer_group = $2 and lease_id = $3`,
    values: [partitionId, consumerGroup, id],
  };
}
