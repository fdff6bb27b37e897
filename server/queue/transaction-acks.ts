import type { PooledConnection } from '../pool/pooled-connection.ts';
import { type CompletedRow, findCompletedStatement } from '../sql/find-completed.ts';
import { findLeasesStatement, type LeaseRow } from '../sql/find-leases.ts';
import { type Acknowledged, type Acknowledgement, type AckResult, acknowledgeEach } from './acknowledge.ts';
import { parseUuid } from './uuid-v7.ts';

const LOST_LEASE: AckResult = Object.freeze({ status: 'error', reason: 'invalid_lease' });

/**
 * Acknowledges inside the transaction that is open on the connection, under the rules of any ack: a live lease, or what
 * that lease has settled already, unless it stands otherwise: an ack as completed of what is among the dead letters by now
 * is `invalid_lease`, because what is pushed along with it would be pushed in vain. `leaseIds` are looked through for acks that name no lease, as the original's clients send
 * them.
 *
 * `isRepeat`: all the transaction pushes was there before, so it is probably sent again after a lost reply. The lease it
 * acked with may be followed by another's by now; an ack as completed of a message that is completed asks for what is the
 * case and is answered so. One as failed has left no trace that could be told from a stranger's, and is `invalid_lease`.
 */
export async function acknowledgeInTransaction(
  connection: PooledConnection,
  acknowledgements: readonly Acknowledgement[],
  { leaseIds, isRepeat }: { readonly leaseIds: readonly string[]; readonly isRepeat: boolean },
): Promise<Acknowledged> {
  const leased = await fillInLeases(connection, acknowledgements, leaseIds);
  const { results: standing, freed } = await acknowledgeEach(connection, leased);
  const results = standing.map((result, index) => (contradicts(leased[index], result) ? LOST_LEASE : result));
  if (!isRepeat) return { results, freed };
  const doubtful = leased.flatMap((ack, index) => {
    const result = results[index];
    const refused = result?.status === 'error' && result.reason === 'invalid_lease';
    return refused && ack.status === 'completed' ? [{ ack, index }] : [];
  });
  if (doubtful.length === 0) return { results, freed };
  const { rows } = await connection.query<CompletedRow>(findCompletedStatement(doubtful.map(({ ack }) => ack)));
  const completed = new Set(rows.map(({ position }) => doubtful[Number(position) - 1]?.index));
  return {
    results: results.map((result, index) => (completed.has(index) ? { status: 'completed' } : result)),
    freed,
  };
}

function contradicts(ack: Acknowledgement | undefined, { status }: AckResult): boolean {
  return status !== 'error' && (ack?.status === 'completed') !== (status === 'completed');
}

async function fillInLeases(
  connection: PooledConnection,
  acknowledgements: readonly Acknowledgement[],
  leaseIds: readonly string[],
): Promise<readonly Acknowledgement[]> {
  const known = leaseIds.filter((leaseId) => parseUuid(leaseId) !== undefined);
  if (known.length === 0 || acknowledgements.every(({ leaseId }) => leaseId !== undefined)) return acknowledgements;
  const { rows } = await connection.query<LeaseRow>(findLeasesStatement(known));
  return acknowledgements.map((ack) => {
    if (ack.leaseId !== undefined) return ack;
    const lease = rows.find(
      (row) => row.partition_uuid === ack.partitionId.toLowerCase() && row.consumer_group === ack.consumerGroup,
    );
    return { ...ack, leaseId: lease?.lease_id };
  });
}
