import type { FastifyInstance } from 'fastify';
import type { BufferLine } from '../buffer/buffer-line.ts';
import type { AsyncDbPool } from '../pool/async-db-pool.ts';
import { configureQueue, type QueueConfiguration } from '../queue/configure.ts';
import { NO_KEY_ERROR } from '../queue/payload-seal.ts';
import { refusalOfName } from '../queue/push-item.ts';
import { decodeQueueOptions, QueueOptionError } from '../queue/queue-options.ts';
import { isObject } from './push-body.ts';
import { RequestError } from './request-error.ts';

/** `POST /api/v1/configure`: makes a queue or replaces all its options; 400 for encryption on a server without a key. */
export function registerConfigure(
  app: FastifyInstance,
  pool: AsyncDbPool,
  buffer: BufferLine,
  { canEncrypt }: { readonly canEncrypt: boolean },
): void {
  app.post('/api/v1/configure', async (request) => {
    const configuration = decodeConfiguration(request.body);
    if (configuration.options.encryptionEnabled && !canEncrypt)
      throw new RequestError(NO_KEY_ERROR, { statusCode: 400 });
    await configureQueue(pool, configuration);
    // Before anybody can push to it: an outage may begin now, and the payloads of an encrypted queue are encrypted there too.
    await buffer.queueConfigured({ name: configuration.queue, encrypted: configuration.options.encryptionEnabled });
    return { configured: true, ...configuration };
  });
}

function decodeConfiguration(body: unknown): QueueConfiguration {
  const { queue, namespace = '', task = '', options = {} } = isObject(body) ? body : {};
  if (typeof queue !== 'string') throw new RequestError('queue is required', { statusCode: 400 });
  if (typeof namespace !== 'string') throw new RequestError('namespace must be a string', { statusCode: 400 });
  if (typeof task !== 'string') throw new RequestError('task must be a string', { statusCode: 400 });
  if (!isObject(options)) throw new RequestError('options must be an object', { statusCode: 400 });
  const refusal = refusalOfName('queue', queue) ?? refusalOfLabel(namespace) ?? refusalOfLabel(task);
  if (refusal !== undefined) throw new RequestError(refusal, { statusCode: 400 });
  try {
    return { queue, namespace, task, options: decodeQueueOptions(options) };
  } catch (error) {
    if (error instanceof QueueOptionError) throw new RequestError(error.message, { statusCode: 400, cause: error });
    throw error;
  }
}

/** Namespace and task may be empty. */
function refusalOfLabel(label: string): string | undefined {
  return label === '' ? undefined : refusalOfName('namespace and task', label);
}
