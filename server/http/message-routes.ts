import type { FastifyInstance } from 'fastify';
import { queryByLookUp } from '../observe/query-by-look-up.ts';
import type { AsyncDbPool } from '../pool/async-db-pool.ts';
import { deleteMessage } from '../queue/delete-message.ts';
import type { PayloadCipher } from '../queue/payload-cipher.ts';
import { refusalOfName } from '../queue/push-item.ts';
import { parseUuid } from '../queue/uuid-v7.ts';
import {
  findMessageStatement,
  findModeStatement,
  type ListedMessageRow,
  listMessagesStatement,
  MESSAGE_STATES,
  type MessageFilter,
  type MessageRow,
  type ModeRow,
} from '../sql/list-messages.ts';
import { type Query, queryName, queryPage, queryTimeRange, queryWord } from './read-query.ts';
import { RequestError } from './request-error.ts';
import { withPayload } from './stored-payload.ts';

const DEFAULT_LIMIT = 200;
export const HOUR_MS = 3_600_000;

/** Queen's own clients say it in one word. */
const STATE_WORDS = [...MESSAGE_STATES, 'deadLetter'] as const;

interface MessagePath {
  readonly Params: { readonly partitionId: string; readonly transactionId: string };
}

/** `GET /api/v1/messages`, and `GET` and `DELETE /api/v1/messages/:partitionId/:transactionId`. */
export function registerMessages(app: FastifyInstance, pool: AsyncDbPool, cipher: PayloadCipher | undefined): void {
  app.get<{ Querystring: Query }>('/api/v1/messages', async ({ query }) => {
    const filter = messageFilter(query, new Date());
    const { rows } = await queryByLookUp<ListedMessageRow>(
      pool,
      listMessagesStatement(filter, queryPage(query, DEFAULT_LIMIT)),
    );
    const mode = await pool.query<ModeRow>(findModeStatement(filter));
    return { messages: rows.map(toListedMessage), mode: toMode(mode.rows[0]) };
  });
  app.get<MessagePath>('/api/v1/messages/:partitionId/:transactionId', async ({ params }, reply) => {
    const { partitionId, transactionId } = existingNames(params);
    const { rows } = await queryByLookUp<MessageRow>(pool, findMessageStatement(partitionId, transactionId));
    const row = rows[0];
    if (row === undefined) throw notFound();
    const fields = { ...toListedMessage(row), retryCount: row.retry_count, errorMessage: row.error };
    return reply.type('application/json').send(withPayload(fields, row, cipher));
  });
  app.delete<MessagePath>('/api/v1/messages/:partitionId/:transactionId', async ({ params }) => {
    const { partitionId, transactionId } = existingNames(params);
    if (!(await deleteMessage(pool, partitionId, transactionId))) throw notFound();
    return { success: true, message: 'Message deleted', partitionId, transactionId };
  });
}

/**
 * The filters of a query, by default messages of the last hour up to now. `now` is the server's clock.
 *
 * @throws RequestError 400 for values that are none.
 */
export function messageFilter(query: Query, now: Date): MessageFilter {
  const state = queryWord(query, 'status', STATE_WORDS);
  return {
    queue: queryName(query, 'queue'),
    partition: queryName(query, 'partition'),
    namespace: queryName(query, 'ns') ?? queryName(query, 'namespace'),
    task: queryName(query, 'task'),
    state: state === 'deadLetter' ? 'dead_letter' : state,
    ...queryTimeRange(query, now, HOUR_MS),
  };
}

/** @throws RequestError 404 for names no message can have; PostgreSQL must not be asked for them. */
function existingNames(params: MessagePath['Params']): MessagePath['Params'] {
  const { partitionId, transactionId } = params;
  if (parseUuid(partitionId) === undefined || refusalOfName('', transactionId) !== undefined) throw notFound();
  return params;
}

function notFound(): RequestError {
  return new RequestError('Message not found', { statusCode: 404 });
}

function toListedMessage(row: ListedMessageRow): object {
  return {
    id: row.id,
    transactionId: row.transaction_id,
    partitionId: row.partition_uuid,
    queue: row.queue,
    partition: row.partition,
    queuePath: `${row.queue}/${row.partition}`,
    namespace: row.namespace,
    task: row.task,
    status: row.state,
    queueStatus: row.queue_mode_state,
    busStatus: { consumedBy: Number(row.consumed_by), totalGroups: Number(row.total_groups) },
    queuePriority: row.priority,
    traceId: row.trace_id,
    createdAt: row.created_at,
    leaseExpiresAt: row.lease_expires_at,
  };
}

function toMode(row: ModeRow | undefined): object {
  const hasQueueMode = row?.has_queue_mode ?? false;
  const busGroupsCount = Number(row?.bus_groups ?? 0);
  const type = busGroupsCount === 0 ? (hasQueueMode ? 'queue' : 'none') : hasQueueMode ? 'hybrid' : 'bus';
  return { type, hasQueueMode, busGroupsCount };
}
