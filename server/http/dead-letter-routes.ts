import type { FastifyInstance } from 'fastify';
import { queryByLookUp } from '../observe/query-by-look-up.ts';
import type { AsyncDbPool } from '../pool/async-db-pool.ts';
import type { PayloadCipher } from '../queue/payload-cipher.ts';
import {
  type CountRow,
  countDeadLettersStatement,
  type DeadLetterRow,
  listDeadLettersStatement,
} from '../sql/dead-letters.ts';
import { type Query, queryName, queryPage, queryTime } from './read-query.ts';
import { withPayload } from './stored-payload.ts';

const DEFAULT_LIMIT = 100;

/** `GET /api/v1/dlq`: messages that groups gave up on, latest first, and how many there are on all pages. */
export function registerDeadLetters(app: FastifyInstance, pool: AsyncDbPool, cipher: PayloadCipher | undefined): void {
  app.get<{ Querystring: Query }>('/api/v1/dlq', async ({ query }, reply) => {
    const filter = {
      queue: queryName(query, 'queue'),
      consumerGroup: queryName(query, 'consumerGroup'),
      partition: queryName(query, 'partition'),
      from: queryTime(query, 'from'),
      to: queryTime(query, 'to'),
    };
    const page = queryPage(query, DEFAULT_LIMIT);
    const { rows } = await queryByLookUp<DeadLetterRow>(pool, listDeadLettersStatement(filter, page));
    const counted = await queryByLookUp<CountRow>(pool, countDeadLettersStatement(filter));
    const messages = rows.map((row) => withPayload(toDeadLetter(row), row, cipher));
    const rest = JSON.stringify({ total: Number(counted.rows[0]?.count ?? 0), ...page });
    return reply.type('application/json').send(`{"messages":[${messages.join(',')}],${rest.slice(1)}`);
  });
}

function toDeadLetter(row: DeadLetterRow): object {
  return {
    id: row.id,
    messageId: row.message_id,
    partitionId: row.partition_uuid,
    transactionId: row.transaction_id,
    consumerGroup: row.consumer_group,
    errorMessage: row.error,
    retryCount: row.retry_count,
    originalCreatedAt: row.created_at,
    movedToDlqAt: row.failed_at,
    messageCreatedAt: row.created_at,
    queueName: row.queue,
    namespace: row.namespace,
    task: row.task,
    partitionName: row.partition,
    ...(row.trace_id === null ? {} : { traceId: row.trace_id }),
  };
}
