import type { PooledConnection } from '../pool/pooled-connection.ts';
import type { CompletedDelivery } from '../sql/complete-deliveries.ts';
import { type AckItem, type AckRow, ackStatement, type FreedPartitionRow } from '../sql/settle-messages.ts';
import type { PartitionLabels } from '../wake/wake-key.ts';
import type { DeliveryCompletion } from './delivery-completion.ts';
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

export interface Acknowledged {
  readonly results: readonly AckResult[];
  /** Partitions that became free with more to deliver. */
  readonly freed: readonly PartitionLabels[];
}

const COMPLETED: AckResult = Object.freeze({ status: 'completed' });

/**
 * Settles messages, of any partitions and leases; results in input order. Items are independent, except that they are
 * committed together.
 *
 * @throws what the pool or PostgreSQL threw; nothing was settled then, or the outcome is unknown. Sending it again is safe.
 */
export async function acknowledge(
  pool: Pick<PooledConnection, 'query'>,
  completion: DeliveryCompletion,
  acknowledgements: readonly Acknowledgement[],
): Promise<Acknowledged> {
  const delivery = deliveryOf(acknowledgements);
  const completed = delivery && (await completion.complete(delivery));
  if (completed === undefined) return await acknowledgeEach(pool, acknowledgements);
  return { results: acknowledgements.map(() => COMPLETED), freed: toFreed(completed) };
}

/** The whole of a delivery, perhaps, and all of it completed; undefined when that is impossible. */
function deliveryOf(acknowledgements: readonly Acknowledgement[]): CompletedDelivery | undefined {
  const [first] = acknowledgements;
  if (first === undefined || first.leaseId === undefined) return undefined;
  const { partitionId, consumerGroup, leaseId } = first;
  if (parseUuid(partitionId) === undefined || parseUuid(leaseId) === undefined) return undefined;
  if (refusalOfName('', consumerGroup) !== undefined) return undefined;
  for (const ack of acknowledgements) {
    const alike = ack.partitionId === partitionId && ack.consumerGroup === consumerGroup && ack.leaseId === leaseId;
    if (!alike || ack.status !== 'completed' || refusalOfName('', ack.transactionId) !== undefined) return undefined;
  }
  return {
    partitionId,
    consumerGroup,
    leaseId: leaseId.toLowerCase(),
    transactionIds: acknowledgements.map(({ transactionId }) => transactionId),
  };
}

/**
 * As {@link acknowledge}, message by message, which may be inside the transaction of one connection.
 *
 * @throws what PostgreSQL threw.
 */
export async function acknowledgeEach(
  database: Pick<PooledConnection, 'query'>,
  acknowledgements: readonly Acknowledgement[],
): Promise<Acknowledged> {
  const results = acknowledgements.map(refuse);
  const asked = acknowledgements.flatMap((ack, index) => (results[index] === undefined ? [{ ack, index }] : []));
  const freed: PartitionLabels[] = [];
  if (asked.length > 0) {
    const { rows } = await database.query<AckRow>(ackStatement(asked.map(({ ack }) => toItem(ack))));
    for (const row of rows) {
      const index = asked[Number(row.position) - 1]?.index ?? -1;
      const { outcome } = row;
      results[index] = outcome === 'invalid_lease' ? { status: 'error', reason: 'invalid_lease' } : { status: outcome };
      freed.push(...toFreed(row));
    }
  }
  return { results: results.map((result) => result ?? { status: 'error', reason: 'not_found' }), freed };
}

function toFreed(row: FreedPartitionRow): readonly PartitionLabels[] {
  const { queue_name: queue, partition_name: partition, namespace, task } = row;
  if (queue === null) return [];
  return [{ queue, partition: partition ?? '', namespace: namespace ?? '', task: task ?? '' }];
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
