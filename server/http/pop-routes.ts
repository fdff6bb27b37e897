import type { FastifyInstance } from 'fastify';
import type { Activity } from '../observe/activity.ts';
import type { Consumption } from '../queue/consumption.ts';
import type { Delivery } from '../queue/pop.ts';
import { WaitingRoomFullError } from '../queue/waiting-room.ts';
import { clientGone } from './client-gone.ts';
import { type DecodedPop, decodePop, type PopParameters, type PopQuery } from './pop-query.ts';
import { RequestError } from './request-error.ts';

const PATHS = ['/api/v1/pop', '/api/v1/pop/queue/:queue', '/api/v1/pop/queue/:queue/partition/:partition'];

/** How long a consumer waits that names no time, and how long at most: a longer wait ends then, with 204. */
export interface WaitLimits {
  readonly defaultMs: number;
  readonly maxMs: number;
}

/**
 * `GET /api/v1/pop/queue/:queue[/partition/:partition]` and `GET /api/v1/pop?namespace=&task=`: 200 with messages of one
 * partition, 204 when there are none, with `wait=true` not before the time-out.
 */
export function registerPop(
  app: FastifyInstance,
  consumption: Consumption,
  limits: WaitLimits,
  activity: Activity,
): void {
  for (const path of PATHS) {
    app.get<{ Params: PopParameters; Querystring: PopQuery }>(path, async (request, reply) => {
      const decoded = decodePop(request.params, request.query);
      if (decoded === undefined) return reply.code(204).send();
      const delivery = await serve(consumption, decoded, limits, clientGone(reply));
      if (delivery === undefined) return reply.code(204).send();
      activity.recordPop(delivery.messages.length, delivery.lease === undefined);
      return reply.type('application/json').send(renderMessages(delivery, decoded.shownGroup));
    });
  }
}

async function serve(
  consumption: Consumption,
  decoded: DecodedPop,
  { defaultMs, maxMs }: WaitLimits,
  gone: AbortSignal,
): Promise<Delivery | undefined> {
  if (!decoded.wait) return await consumption.pop(decoded, gone);
  try {
    return await consumption.popWaiting(decoded, Math.min(decoded.timeoutMs ?? defaultMs, maxMs), gone);
  } catch (error) {
    if (error instanceof WaitingRoomFullError) throw new RequestError(error.message, { statusCode: 503, cause: error });
    throw error;
  }
}

/** The reply as text: payloads are JSON already and go out as they are stored. What all messages share is put into JSON once. */
function renderMessages({ messages, lease }: Delivery, shownGroup: string | null): string {
  const [first] = messages;
  if (first === undefined) throw new Error('A delivery has at least one message.');
  const { partitionId, queue, partition, priority } = first;
  const shared = JSON.stringify({
    partitionId,
    queue,
    partition,
    priority,
    consumerGroup: shownGroup,
    leaseId: lease?.id ?? null,
  }).slice(1, -1);
  const rendered = messages.map(({ id, transactionId, traceId, retryCount, createdAt, data }) => {
    const trace = traceId === null ? 'null' : `"${traceId}"`;
    return `{"id":"${id}","transactionId":${JSON.stringify(transactionId)},"traceId":${trace},${shared},"retryCount":${retryCount},"createdAt":"${createdAt}","data":${data}}`;
  });
  return `{"messages":[${rendered.join(',')}]}`;
}
