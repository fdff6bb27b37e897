import type { PooledConnection } from '../pool/pooled-connection.ts';
import { type FoundMessageRow, findMessagesStatement } from '../sql/find-messages.ts';
import { type LockedQueueRow, type PendingRow, pendingStatement } from '../sql/queue-capacity.ts';
import type { NewMessage } from './message.ts';

/** Messages that are stored together or not at all. */
export type CapacityUnit = readonly {
  readonly partition: { readonly id: bigint };
  readonly messages: readonly Pick<NewMessage, 'transactionId'>[];
}[];

/**
 * Which units a locked queue has room for, in their order: undefined for those that fit, the contract's refusal for the
 * others; a smaller one behind one that does not fit may. Duplicates take no room, and a unit of nothing else always
 * fits, so that a push sent again is answered as such.
 *
 * The connection must hold the queue's lock until the units are committed: that is what keeps other servers out.
 */
export async function judgeCapacity(
  connection: PooledConnection,
  { id, name, max_size: maxSize }: LockedQueueRow,
  units: readonly CapacityUnit[],
): Promise<readonly (string | undefined)[]> {
  if (maxSize === 0) return units.map(() => undefined);
  const batch = units.flat().reduce((sum, { messages }) => sum + messages.length, 0);
  const { rows } = await connection.query<PendingRow>(pendingStatement(id, batch, maxSize));
  let pending = Number(rows[0]?.pending);
  if (pending + batch <= maxSize) return units.map(() => undefined);
  const present = await findPresent(connection, units.flat());
  return units.map((unit) => {
    const fresh = new KeySet();
    for (const { partition, messages } of unit) {
      for (const { transactionId } of messages) {
        if (!present.has(partition.id, transactionId)) fresh.add(partition.id, transactionId);
      }
    }
    if (fresh.size > 0 && pending + fresh.size > maxSize) {
      return `Queue '${name}' would exceed max capacity (${maxSize}). Current: ${pending}, Batch: ${fresh.size}`;
    }
    pending += fresh.size;
    present.addAll(fresh);
    return undefined;
  });
}

async function findPresent(connection: PooledConnection, unit: CapacityUnit): Promise<KeySet> {
  const keys = unit.flatMap(({ partition, messages }) =>
    messages.map(({ transactionId }) => ({ partitionId: partition.id, transactionId })),
  );
  const { rows } = await connection.query<FoundMessageRow>(findMessagesStatement(keys));
  const present = new KeySet();
  for (const { position } of rows) {
    const key = keys[Number(position) - 1];
    if (key !== undefined) present.add(key.partitionId, key.transactionId);
  }
  return present;
}

/** Messages by partition and transaction id, which stay two values. */
class KeySet {
  readonly #partitions = new Map<bigint, Set<string>>();

  get size(): number {
    return [...this.#partitions.values()].reduce((sum, ids) => sum + ids.size, 0);
  }

  has(partitionId: bigint, transactionId: string): boolean {
    return this.#partitions.get(partitionId)?.has(transactionId) ?? false;
  }

  add(partitionId: bigint, transactionId: string): void {
    const ids = this.#partitions.get(partitionId) ?? new Set();
    this.#partitions.set(partitionId, ids.add(transactionId));
  }

  addAll(other: KeySet): void {
    for (const [partitionId, ids] of other.#partitions) for (const id of ids) this.add(partitionId, id);
  }
}
