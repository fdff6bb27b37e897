import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { BufferLine } from '../buffer/buffer-line.ts';
import type { PushFailover } from '../buffer/push-failover.ts';
import type { Logger } from '../log.ts';
import type { Activity } from '../observe/activity.ts';
import type { ScrapeLine } from '../observe/scrape-line.ts';
import type { WorkerMetrics } from '../observe/worker-metrics.ts';
import type { AsyncDbPool } from '../pool/async-db-pool.ts';
import type { AsyncQueueManager } from '../queue/async-queue-manager.ts';
import type { Consumption } from '../queue/consumption.ts';
import type { PayloadCipher } from '../queue/payload-cipher.ts';
import type { Transactions } from '../queue/transactions.ts';
import { classifyFailure } from '../sql/sqlstate.ts';
import { allowOrigin, requireToken } from './access.ts';
import { registerAck, registerAckBatch, registerLeaseExtension } from './ack-routes.ts';
import { registerConfigure } from './configure-route.ts';
import { registerConsumerGroups } from './consumer-group-routes.ts';
import { registerDeadLetters } from './dead-letter-routes.ts';
import { registerHealth } from './health-route.ts';
import { parseJsonBody } from './json-body.ts';
import { registerBufferStatus, registerMaintenance } from './maintenance-route.ts';
import { registerMessages } from './message-routes.ts';
import { registerMetrics } from './metrics-routes.ts';
import { registerPop, type WaitLimits } from './pop-routes.ts';
import { type LegacyRoute, registerPush, registerPushLegacy } from './push-routes.ts';
import { registerQueueResources } from './queue-resource-routes.ts';
import { registerQueueStatus } from './queue-status-routes.ts';
import { registerStatus } from './status-routes.ts';
import { registerTraces } from './trace-routes.ts';
import { registerTransaction } from './transaction-route.ts';

export interface AppParts {
  readonly manager: AsyncQueueManager;
  readonly consumption: Consumption;
  readonly transactions: Transactions;
  readonly waitLimits: WaitLimits;
  readonly pool: AsyncDbPool;
  readonly buffer: BufferLine;
  readonly failover: PushFailover;
  readonly legacy: LegacyRoute;
  readonly log: Logger;
  readonly worker: number;
  readonly maxBodyBytes: number;
  /** For encrypted queues; undefined = they are refused, and what they hold cannot be shown. */
  readonly cipher: PayloadCipher | undefined;
  readonly activity: Activity;
  readonly metrics: WorkerMetrics;
  readonly scrapes: ScrapeLine;
  /** Undefined = nobody is asked for one. */
  readonly bearerToken: string | undefined;
  /** Whose pages may use the server; undefined = none. */
  readonly corsAllowOrigin: string | undefined;
}

/** The HTTP side of a worker: every route of the contract, errors as `{"error": "…"}` with their declared status. */
export function createApp(parts: AppParts): FastifyInstance {
  const app = Fastify({
    bodyLimit: parts.maxBodyBytes,
    forceCloseConnections: 'idle',
    // A HEAD that ran a pop would take messages and give them to nobody.
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: 4096 },
    // What cannot be routed, a path that is no UTF-8 for one.
    frameworkErrors: (error, _request, reply: FastifyReply) => {
      void reply.code(error.statusCode ?? 400).send({ error: error.message });
    },
  });
  // Any content type is JSON, as the original server has it.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, async ({ method }: FastifyRequest, body: Buffer) =>
    // Clients name the type with every request, also where there is no body.
    method === 'DELETE' && body.length === 0 ? undefined : parseJsonBody(body),
  );
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
  registerRoutes(app, parts);
  return app;
}

function registerRoutes(app: FastifyInstance, parts: AppParts): void {
  const { manager, consumption, pool, buffer, failover, activity, cipher } = parts;
  if (parts.corsAllowOrigin !== undefined) allowOrigin(app, parts.corsAllowOrigin);
  if (parts.bearerToken !== undefined) requireToken(app, parts.bearerToken);
  registerPush(app, manager, activity);
  registerPushLegacy(app, parts.legacy, failover, manager, activity);
  registerPop(app, consumption, parts.waitLimits, activity);
  registerAck(app, consumption, activity);
  registerAckBatch(app, consumption, activity);
  registerLeaseExtension(app, consumption);
  registerTransaction(app, parts.transactions, failover, activity);
  registerConfigure(app, pool, buffer, { canEncrypt: cipher !== undefined });
  registerMaintenance(app, buffer, pool);
  registerBufferStatus(app, buffer, pool, parts.worker);
  registerQueueResources(app, pool);
  registerMessages(app, pool, cipher);
  registerDeadLetters(app, pool, cipher);
  registerStatus(app, pool);
  registerQueueStatus(app, pool);
  registerConsumerGroups(app, pool);
  registerTraces(app, pool);
  registerHealth(app, pool, parts.worker);
  registerMetrics(app, parts.metrics, parts.scrapes);
}
