import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { AsyncDbPool } from '../pool/async-db-pool.ts';
import { DEFAULT_PARTITION, type PoppedMessage, QUEUE_MODE_GROUP } from '../queue/message.ts';
import { popMessages } from '../queue/pop.ts';
import { refusalOfName } from '../queue/push-item.ts';
import { RequestError } from './request-error.ts';

const MAX_BATCH = 10_000;

interface PopQuery {
  readonly batch?: string;
  readonly autoAck?: string;
  readonly wait?: string;
  readonly consumerGroup?: string;
}

interface PopParameters {
  readonly queue: string;
  readonly partition?: string;
}

/**
 * `GET /api/v1/pop/queue/:queue[/partition/:partition]`: 200 with messages, 204 when there are none. This version serves
 * consumers that acknowledge at once; asking for a lease or a long poll is refused rather than half done.
 */
export function registerPop(app: FastifyInstance, pool: AsyncDbPool): void {
  const handler = async (request: FastifyRequest<{ Params: PopParameters; Querystring: PopQuery }>) => {
    const { queue, partition } = request.params;
    const { batch, consumerGroup } = decodeQuery(request.query);
    // What cannot exist has no messages, and PostgreSQL must not be asked for it.
    if ([queue, partition ?? DEFAULT_PARTITION].some((name) => refusalOfName('', name) !== undefined)) return undefined;
    return await popMessages(pool, { queue, partition, consumerGroup: consumerGroup ?? QUEUE_MODE_GROUP }, batch).then(
      (messages) => renderMessages(messages, consumerGroup),
    );
  };
  for (const path of ['/api/v1/pop/queue/:queue', '/api/v1/pop/queue/:queue/partition/:partition']) {
    app.get<{ Params: PopParameters; Querystring: PopQuery }>(path, async (request, reply) => {
      const body = await handler(request);
      if (body === undefined) return reply.code(204).send();
      return reply.type('application/json').send(body);
    });
  }
}

function decodeQuery(query: PopQuery): { readonly batch: number; readonly consumerGroup: string | undefined } {
  const batch = Number(query.batch ?? '1');
  if (!Number.isInteger(batch) || batch < 1 || batch > MAX_BATCH) {
    throw new RequestError(`batch: expected a whole number from 1 to ${MAX_BATCH}, got '${query.batch}'`, {
      statusCode: 400,
    });
  }
  if (!isTrue(query.autoAck)) throw new RequestError('This version serves only autoAck=true', { statusCode: 400 });
  if (isTrue(query.wait)) throw new RequestError('This version serves only wait=false', { statusCode: 400 });
  const { consumerGroup } = query;
  const refusal = consumerGroup === undefined ? undefined : refusalOfGroup(consumerGroup);
  if (refusal !== undefined) throw new RequestError(refusal, { statusCode: 400 });
  return { batch, consumerGroup };
}

/** Given twice, a parameter is an array. */
function refusalOfGroup(group: unknown): string | undefined {
  return typeof group === 'string' ? refusalOfName('consumerGroup', group) : 'consumerGroup must be given once';
}

function isTrue(value: string | undefined): boolean {
  return value === 'true' || value === '1';
}

/** The reply as text: payloads are JSON already and go out as they are stored. Undefined when there is nothing. */
function renderMessages(messages: readonly PoppedMessage[], consumerGroup: string | undefined): string | undefined {
  if (messages.length === 0) return undefined;
  const group = JSON.stringify(consumerGroup ?? null);
  const rendered = messages.map(({ data, createdAt, ...rest }) => {
    const head = JSON.stringify({ ...rest, createdAt: createdAt.toISOString(), retryCount: 0, leaseId: null });
    return `${head.slice(0, -1)},"consumerGroup":${group},"data":${data}}`;
  });
  return `{"messages":[${rendered.join(',')}]}`;
}
