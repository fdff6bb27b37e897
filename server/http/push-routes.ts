import type { FastifyInstance } from 'fastify';
import type { LegacyThreadPool } from '../legacy/legacy-thread-pool.ts';
import type { Activity } from '../observe/activity.ts';
import type { AsyncQueueManager } from '../queue/async-queue-manager.ts';
import { PushOutageError } from '../queue/push-outage-error.ts';
import { decodePushBody } from './push-body.ts';
import { RequestError } from './request-error.ts';

/** `POST /api/v1/push`: 201 with one result an item, in input order; 503 when nobody can tell what was stored. */
export function registerPush(app: FastifyInstance, manager: AsyncQueueManager, activity: Activity): void {
  app.post('/api/v1/push', async (request, reply) => {
    const items = decodePushBody(request.body);
    try {
      const results = await manager.pushMessages(items);
      activity.record(results);
      return reply.code(201).send(results);
    } catch (error) {
      if (error instanceof PushOutageError) throw new RequestError(error.message, { statusCode: 503, cause: error });
      throw error;
    }
  });
}

/** `POST /api/v1/push-legacy`: the same contract on the thread pool; 404 with the reason where there is none. */
export function registerPushLegacy(
  app: FastifyInstance,
  threads: LegacyThreadPool | undefined,
  manager: AsyncQueueManager,
  activity: Activity,
): void {
  app.post('/api/v1/push-legacy', async (request, reply) => {
    if (threads === undefined) {
      throw new RequestError('POOL_MODE=unified gives every connection to /api/v1/push; there is no thread pool.', {
        statusCode: 404,
      });
    }
    const items = decodePushBody(request.body);
    if (threads.isFull)
      throw new RequestError('Too many pushes are waiting for a thread; nothing was stored.', { statusCode: 503 });
    const answer = await threads.push(items);
    if (answer.kind === 'results') {
      activity.record(answer.results);
      manager.announce(items.filter((_, index) => answer.results[index]?.status === 'queued'));
      return reply.code(201).send(answer.results);
    }
    throw new RequestError(answer.message, { statusCode: answer.kind === 'outage' ? 503 : 500 });
  });
}
