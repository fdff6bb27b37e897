import Fastify, { type FastifyError, type FastifyInstance } from 'fastify';
import type { BufferLine } from '../buffer/buffer-line.ts';
import type { PushFailover } from '../buffer/push-failover.ts';
import type { Logger } from '../log.ts';
import type { AsyncDbPool } from '../pool/async-db-pool.ts';
import type { AsyncQueueManager } from '../queue/async-queue-manager.ts';
import type { Consumption } from '../queue/consumption.ts';
import { classifyFailure } from '../sql/sqlstate.ts';
import { registerAck, registerAckBatch, registerLeaseExtension } from './ack-routes.ts';
import { registerConfigure } from './configure-route.ts';
import { registerHealth } from './health-route.ts';
import { parseJsonBody } from './json-body.ts';
import { registerBufferStatus, registerMaintenance } from './maintenance-route.ts';
import { registerPop, type WaitLimits } from './pop-routes.ts';
import { type LegacyRoute, registerPush, registerPushLegacy } from './push-routes.ts';

export interface AppParts {
  readonly manager: AsyncQueueManager;
  readonly consumption: Consumption;
  readonly waitLimits: WaitLimits;
  readonly pool: AsyncDbPool;
  readonly buffer: BufferLine;
  readonly failover: PushFailover;
  readonly legacy: LegacyRoute;
  readonly log: Logger;
  readonly worker: number;
  readonly maxBodyBytes: number;
}

/** The HTTP side of a worker: every route of the contract, errors as `{"error": "…"}` with their declared status. */
export function createApp(parts: AppParts): FastifyInstance {
  const app = Fastify({
    bodyLimit: parts.maxBodyBytes,
    forceCloseConnections: 'idle',
    // A HEAD that ran a pop would take messages and give them to nobody.
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: 4096 },
  });
  // Any content type is JSON, as the original server has it.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, async (_request: unknown, body: Buffer) => parseJsonBody(body));
  let closing = false;
  app.addHook('preClose', async () => {
    closing = true;
  });
  // A connection kept alive by a request that was under way would keep the stopping server alive as well.
  app.addHook('onSend', async (_request, reply) => {
    if (closing) reply.header('connection', 'close');
  });
  app.setErrorHandler((error: FastifyError, _request, reply) => {
    const statusCode = error.statusCode ?? (classifyFailure(error) === 'outage' ? 503 : 500);
    // fastify closes the connection; the client, still sending, would see a broken pipe instead of the answer.
    if (statusCode === 413) reply.removeHeader('connection');
    if (statusCode >= 500) parts.log.error({ err: error }, 'request failed');
    return reply.code(statusCode).send({ error: error.message });
  });
  app.setNotFoundHandler((request, reply) =>
    reply.code(404).send({ error: `No route for ${request.method} ${request.url}` }),
  );
  registerPush(app, parts.manager);
  registerPushLegacy(app, parts.legacy, parts.failover, parts.manager);
  registerPop(app, parts.consumption, parts.waitLimits);
  registerAck(app, parts.consumption);
  registerAckBatch(app, parts.consumption);
  registerLeaseExtension(app, parts.consumption);
  registerConfigure(app, parts.pool, parts.buffer);
  registerMaintenance(app, parts.buffer, parts.pool);
  registerBufferStatus(app, parts.buffer, parts.pool, parts.worker);
  registerHealth(app, parts.pool, parts.worker);
  return app;
}
