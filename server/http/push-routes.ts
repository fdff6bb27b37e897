import type { FastifyInstance } from 'fastify';
import type { DirectPush, PushFailover } from '../buffer/push-failover.ts';
import type { Activity } from '../observe/activity.ts';
import type { AsyncQueueManager } from '../queue/async-queue-manager.ts';
import type { PushResult } from '../queue/message.ts';
import { PushOutageError } from '../queue/push-outage-error.ts';
import { decodePushBody } from './push-body.ts';
import { RequestError } from './request-error.ts';

/** `POST /api/v1/push`: 201 with one result an item, in input order; 503 when nobody can tell what was stored. */
export function registerPush(app: FastifyInstance, manager: AsyncQueueManager, activity: Activity): void {
  app.post('/api/v1/push', async (request, reply) => {
    const results = await answered(manager.pushMessages(decodePushBody(request.body)));
    activity.record(results);
    return reply.code(201).send(results);
  });
}

/** Who serves push-legacy. `isThere` is false when the pools are unified; threads come when the database is open. */
export interface LegacyRoute {
  readonly isThere: boolean;
  /** Another push would have to be refused. */
  readonly isFull: boolean;
  readonly push: DirectPush;
}

/** `POST /api/v1/push-legacy`: the same contract on the thread pool; 404 with the reason where there is none. */
export function registerPushLegacy(
  app: FastifyInstance,
  legacy: LegacyRoute,
  failover: PushFailover,
  manager: AsyncQueueManager,
  activity: Activity,
): void {
  app.post('/api/v1/push-legacy', async (request, reply) => {
    if (!legacy.isThere) {
      throw new RequestError('POOL_MODE=unified gives every connection to /api/v1/push; there is no thread pool.', {
        statusCode: 404,
      });
    }
    const items = decodePushBody(request.body);
    if (legacy.isFull)
      throw new RequestError('Too many pushes are waiting for a thread; nothing was stored.', { statusCode: 503 });
    const results = await answered(failover.push(items, legacy.push));
    activity.record(results);
    manager.announce(items.filter((_, index) => results[index]?.status === 'queued'));
    return reply.code(201).send(results);
  });
}

async function answered(pushing: Promise<readonly PushResult[]>): Promise<readonly PushResult[]> {
  try {
    return await pushing;
  } catch (error) {
    if (error instanceof PushOutageError) throw new RequestError(error.message, { statusCode: 503, cause: error });
    throw error;
  }
}
