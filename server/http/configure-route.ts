import type { FastifyInstance } from 'fastify';
import type { AsyncDbPool } from '../pool/async-db-pool.ts';
import { configureQueue, type QueueConfiguration } from '../queue/configure.ts';
import { refusalOfName } from '../queue/push-item.ts';
import { decodeQueueOptions, QueueOptionError } from '../queue/queue-options.ts';
import { isObject } from './push-body.ts';
import { RequestError } from './request-error.ts';

/** `POST /api/v1/configure`: makes a queue or replaces its options. */
export function registerConfigure(app: FastifyInstance, pool: AsyncDbPool): void {
  app.post('/api/v1/configure', async (request) => {
    const configuration = decodeConfiguration(request.body);
    await configureQueue(pool, configuration);
    return { configured: true, ...configuration };
  });
}

function decodeConfiguration(body: unknown): QueueConfiguration {
  const { queue, namespace = '', task = '', options = {} } = isObject(body) ? body : {};
  if (typeof queue !== 'string') throw new RequestError(400, 'queue is required');
  if (typeof namespace !== 'string') throw new RequestError(400, 'namespace must be a string');
  if (typeof task !== 'string') throw new RequestError(400, 'task must be a string');
  if (!isObject(options)) throw new RequestError(400, 'options must be an object');
  const refusal = refusalOfName('queue', queue) ?? refusalOfLabel(namespace) ?? refusalOfLabel(task);
  if (refusal !== undefined) throw new RequestError(400, refusal);
  try {
    return { queue, namespace, task, options: decodeQueueOptions(options) };
  } catch (error) {
    if (error instanceof QueueOptionError) throw new RequestError(400, error.message);
    throw error;
  }
}

/** Namespace and task may be empty. */
function refusalOfLabel(label: string): string | undefined {
  return label === '' ? undefined : refusalOfName('namespace and task', label);
}
