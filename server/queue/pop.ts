import pg from 'pg';
import type { AsyncDbPool } from '../pool/async-db-pool.ts';
import type { PooledConnection } from '../pool/pooled-connection.ts';
import { createConsumersStatement } from '../sql/create-consumers.ts';
import { type FoundQueueRow, findQueuesStatement } from '../sql/find-queues.ts';
import { completeLeaseStatement, type Lease, releaseLeaseStatement } from '../sql/lease.ts';
import { type PoppedRow, type PopSource, popMessagesStatement } from '../sql/pop-messages.ts';
import { type PopOutlookRow, popOutlookStatement } from '../sql/pop-outlook.ts';
import type { PopTarget } from '../sql/pop-target.ts';
import { reclaimStatement } from '../sql/settle-messages.ts';
import { errorCode } from '../sql/sqlstate.ts';
import type { PoppedMessage } from './message.ts';
import { DecryptionError, type PayloadCipher } from './payload-cipher.ts';
import type { PopMemory } from './pop-memory.ts';

/** What a consumer asks for. */
export interface PopRequest {
  readonly target: PopTarget;
  readonly batch: number;
  /** Where a group begins that reads the queue for the first time: a timestamp, `now` or `-infinity`. */
  readonly startFrom: string;
}

/** Messages of one partition, at least one, and their lease unless they were acknowledged at once. */
export interface Delivery {
  readonly messages: readonly PoppedMessage[];
  readonly lease: Lease | undefined;
}

export interface PopContext {
  readonly pool: AsyncDbPool;
  readonly memory: PopMemory;
  /** Undefined when the server has no key. */
  readonly cipher: PayloadCipher | undefined;
}

/** How the messages are handed over: leased, or completed at once, for which encrypted ones need the lease's id as well. */
export interface Handover {
  readonly leaseId: string;
  readonly autoAck: boolean;
}

/**
 * Takes up to `batch` messages of one partition for a consumer group. Undefined when there are none, or the queue does not
 * exist, or every partition with messages is leased. An expired lease met on the way is ended first.
 *
 * @throws DecryptionError when a message is encrypted and cannot be decrypted; nothing is leased or completed then.
 */
export async function popMessages(
  context: PopContext,
  request: PopRequest,
  handover: Handover,
): Promise<Delivery | undefined> {
  await using connection = await context.pool.acquire();
  const pop = new Pop(connection, context, request, handover);
  const { queue } = request.target;
  return queue === undefined ? await pop.fromQueues() : await pop.fromQueue(queue);
}

/** SQLSTATE foreign_key_violation. */
const FOREIGN_KEY_VIOLATION = '23503';

/** One pop on its connection. */
class Pop {
  readonly #connection: PooledConnection;
  readonly #context: PopContext;
  readonly #request: PopRequest;
  readonly #handover: Handover;

  constructor(connection: PooledConnection, context: PopContext, request: PopRequest, handover: Handover) {
    this.#connection = connection;
    this.#context = context;
    this.#request = request;
    this.#handover = handover;
  }

  /** From the queues of a namespace or task, in turn. */
  async fromQueues(): Promise<Delivery | undefined> {
    const delivery = await this.#fromReadyQueues();
    if (delivery !== undefined) return delivery;
    // Nothing shows whether it was this pop or one at the same time that made what was missing: look again in any case.
    await this.#createConsumers();
    return await this.#fromReadyQueues();
  }

  async fromQueue(queue: string): Promise<Delivery | undefined> {
    const { target, batch } = this.#request;
    const { partition, consumerGroup } = target;
    const source: PopSource = { queue, partition, consumerGroup };
    const { memory } = this.#context;
    let { autoAck } = this.#handover;
    // Asked before the first look: whoever began before the group's cursors were there may have missed them.
    let isNewGroup = !memory.knowsGroup(source);
    for (;;) {
      const isTimed = memory.isTimed(queue);
      const statement = popMessagesStatement(source, { batch, mode: autoAck ? 'autoAck' : this.#handover, isTimed });
      const rows = inOrder((await this.#connection.query<PoppedRow>(statement)).rows);
      const [first] = rows;
      if (first === undefined) {
        const outlook = (await this.#connection.query<PopOutlookRow>(popOutlookStatement(source))).rows[0];
        if (outlook === undefined) return undefined;
        if (outlook.timed && !isTimed) memory.noteTimed(queue);
        else if (outlook.lacking) await this.#createConsumers();
        // Another pop may have made what was missing, in between: look again, once.
        else if (isNewGroup) {
          isNewGroup = false;
          memory.noteGroup(source);
        } else return undefined;
      } else if (first.expired) {
        await this.#connection.query(reclaimStatement(first.partition_id, consumerGroup));
      } else if (autoAck && rows.some((row) => row.is_encrypted)) {
        // They were left where they are.
        autoAck = false;
      } else if (first.id !== null) {
        const lease = { id: this.#handover.leaseId, partitionId: first.partition_id, consumerGroup };
        const delivery = await this.#deliver(rows, first, autoAck ? undefined : lease);
        if (delivery !== undefined) return delivery;
      }
    }
  }

  async #fromReadyQueues(): Promise<Delivery | undefined> {
    const { rows } = await this.#connection.query<FoundQueueRow>(findQueuesStatement(this.#request.target));
    for (const { name } of rows) {
      const delivery = await this.fromQueue(name);
      if (delivery !== undefined) return delivery;
    }
    return undefined;
  }

  /** Undefined when the lease was lost on the way. */
  async #deliver(
    rows: readonly PoppedRow[],
    first: PoppedRow,
    lease: Lease | undefined,
  ): Promise<Delivery | undefined> {
    let messages: readonly PoppedMessage[];
    try {
      messages = toMessages(rows, first, this.#context.cipher);
    } catch (error) {
      if (lease !== undefined) await this.#connection.query(releaseLeaseStatement(lease));
      throw error;
    }
    if (lease === undefined || !this.#handover.autoAck) return { messages, lease };
    const { rowCount } = await this.#connection.query(completeLeaseStatement(lease));
    return rowCount === 1 ? { messages, lease: undefined } : undefined;
  }

  /** Makes the group's cursors for partitions that have none; whoever makes them first, they are there afterwards. */
  async #createConsumers(): Promise<void> {
    const { target, startFrom } = this.#request;
    try {
      await this.#connection.query(createConsumersStatement(target, startFrom));
    } catch (error) {
      // The queue is being deleted; whoever looks again finds it gone.
      if (errorCode(error) !== FOREIGN_KEY_VIOLATION) throw error;
    }
  }
}

/** Sorts by sequence number, which is far below 2^53; a walk when there is nothing to sort. */
function inOrder(rows: PoppedRow[]): readonly PoppedRow[] {
  return rows.sort((one, other) => Number(one.seq) - Number(other.seq));
}

const parseTime: (text: string) => Date = pg.types.getTypeParser(pg.types.builtins.TIMESTAMPTZ);

function toMessages(
  rows: readonly PoppedRow[],
  partition: PoppedRow,
  cipher: PayloadCipher | undefined,
): readonly PoppedMessage[] {
  let createdAtText: string | undefined;
  let createdAt = '';
  return rows.map((row) => {
    if (row.created_at !== createdAtText) {
      createdAtText = row.created_at;
      createdAt = parseTime(row.created_at).toISOString();
    }
    return {
      id: row.id ?? '',
      transactionId: row.transaction_id,
      partitionId: partition.partition_uuid,
      traceId: row.trace_id,
      queue: partition.queue_name,
      partition: partition.partition_name,
      data: row.is_encrypted ? decrypt(row.payload, cipher) : row.payload,
      priority: partition.priority,
      retryCount: row.retry_count ?? 0,
      createdAt,
    };
  });
}

function decrypt(stored: string, cipher: PayloadCipher | undefined): string {
  if (cipher === undefined) {
    throw new DecryptionError('The messages are encrypted and the server has no QUEEN_ENCRYPTION_KEY.');
  }
  return cipher.decrypt(stored);
}
