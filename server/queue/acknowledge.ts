import type { PooledConnection } from '../pool/pooled-connection.ts';
import { type AckItem, type AckRow, ackStatement } from '../sql/settle-messages.ts';
import { refusalOfName } from './push-item.ts';
import { parseUuid } from './uuid-v7.ts';

/** An acknowledgement as a consumer sends it. */
export interface Acknowledgement {
  readonly partitionId: string;
  readonly transactionId: string;
  readonly status: string;
  readonly consumerGroup: string;
  readonly leaseId: string | undefined;
  readonly error: string | undefined;
}

/** The contract's words. `failed_retry`: it will be delivered again; `failed_dlq`: it is among the dead letters now. */
export type AckResult =
  | { readonly status: 'completed' | 'failed_retry' | 'failed_dlq' }
  | { readonly status: 'error'; readonly reason: 'not_found' | 'invalid_lease' | 'invalid_request' };

/** A queue one of whose partitions became free with more to deliver. */
export interface FreedQueue {
  readonly queue: string;
  readonly namespace: string;
  readonly task: string;
}

/**
 * Settles messages, of any partitions and leases, through a pool or inside a connection's transaction; results in input
 * order. Items are independent, except that they are committed together.
 *
 * @throws what the pool or PostgreSQL threw; nothing was settled then, or the outcome is unknown. Sending it again is safe.
 */
export async function acknowledge(
  database: Pick<PooledConnection, 'query'>,
  acknowledgements: readonly Acknowledgement[],
): Promise<{ readonly results: readonly AckResult[]; readonly freed: readonly FreedQueue[] }> {
  const results = acknowledgements.map(refuse);
  const asked = acknowledgements.flatMap((ack, index) => (results[index] === undefined ? [{ ack, index }] : []));
  const freed: FreedQueue[] = [];
  if (asked.length > 0) {
    const { rows } = await database.query<AckRow>(ackStatement(asked.map(({ ack }) => toItem(ack))));
    for (const { position, outcome, queue_name: queue, namespace, task } of rows) {
      const index = asked[Number(position) - 1]?.index ?? -1;
      results[index] = outcome === 'invalid_lease' ? { status: 'error', reason: 'invalid_lease' } : { status: outcome };
      if (queue !== null) freed.push({ queue, namespace: namespace ?? '', task: task ?? '' });
    }
  }
  return { results: results.map((result) => result ?? { status: 'error', reason: 'not_found' }), freed };
}

/** What PostgreSQL need not, or must not, be asked. */
function refuse({ partitionId, transactionId, status, consumerGroup }: Acknowledgement): AckResult | undefined {
  if (status !== 'completed' && status !== 'failed') return { status: 'error', reason: 'invalid_request' };
  const nameless = [transactionId, consumerGroup].some((name) => refusalOfName('', name) !== undefined);
  if (nameless || parseUuid(partitionId) === undefined) return { status: 'error', reason: 'not_found' };
  return undefined;
}

function toItem({ partitionId, transactionId, status, consumerGroup, leaseId, error }: Acknowledgement): AckItem {
  return {
    partitionId,
    transactionId,
    consumerGroup,
    leaseId: leaseId !== undefined && parseUuid(leaseId) !== undefined ? leaseId : undefined,
    failed: status === 'failed',
    // PostgreSQL's text holds neither U+0000 nor half a character.
    error: error?.replaceAll('\0', '\ufffd').toWellFormed(),
  };
}
