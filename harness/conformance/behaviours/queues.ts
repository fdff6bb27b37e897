import { expectError, expectSame, expectShape, expectStatus, expectThat, fieldsOf, isFields } from '../assertion.ts';
import { type Behaviour, inSection } from '../behaviour.ts';
import type { CheckContext } from '../check-context.ts';
import type { Reply } from '../http-client.ts';

const DEFAULTS = {
  completedRetentionSeconds: 0,
  deadLetterQueue: false,
  delayedProcessing: 0,
  dlqAfterMaxRetries: false,
  encryptionEnabled: false,
  leaseTime: 300,
  maxSize: 0,
  maxWaitTimeSeconds: 0,
  priority: 0,
  retentionEnabled: false,
  retentionSeconds: 0,
  retryDelay: 1000,
  retryLimit: 3,
  ttl: 3600,
  windowBuffer: 0,
};
const CHOSEN = {
  completedRetentionSeconds: 61,
  deadLetterQueue: true,
  delayedProcessing: 1,
  dlqAfterMaxRetries: true,
  encryptionEnabled: false,
  leaseTime: 30,
  maxSize: 7,
  maxWaitTimeSeconds: 5,
  priority: 5,
  retentionEnabled: true,
  retentionSeconds: 60,
  retryDelay: 10,
  retryLimit: 2,
  ttl: 60,
  windowBuffer: 2,
};
const QUEUES = '/api/v1/resources/queues';

/** `POST /api/v1/configure`, `/api/v1/resources/queues…`. */
export const QUEUE_BEHAVIOURS: readonly Behaviour[] = inSection('configure and queues', [
  {
    id: 'configure-defaults',
    text: 'a queue is made with the defaults of the contract, which the reply names',
    check: async (context) => {
      const queue = context.queueName();
      const reply = await context.configure(queue);
      expectStatus(reply, 200);
      const { configured, queue: named, namespace, task, options } = fieldsOf(reply);
      expectSame('reply', [configured, named, namespace, task], [true, queue, '', ''], reply.request);
      expectSame('options', sorted(options), DEFAULTS, reply.request);
    },
  },
  {
    id: 'configure-name-only',
    text: 'a body with a queue name only is enough',
    check: async (context) => {
      const queue = context.queueName();
      expectStatus(await context.post('/api/v1/configure', { queue }), 200);
      await context.store(queue, [{ payload: 1 }]);
      await context.expectPop(queue, {}, [1]);
    },
  },
  {
    id: 'configure-options',
    text: 'every option is accepted and echoed, with namespace and task',
    check: async (context) => {
      const reply = await context.configure(context.queueName(), CHOSEN, { namespace: 'ns', task: 'tk' });
      expectStatus(reply, 200);
      const { namespace, task, options } = fieldsOf(reply);
      expectSame('reply', [namespace, task], ['ns', 'tk'], reply.request);
      expectSame('options', sorted(options), CHOSEN, reply.request);
    },
  },
  {
    id: 'configure-again',
    text: 'configuring again resets the options it does not name and keeps the messages',
    check: async (context) => {
      const queue = await context.queueOf(2, { leaseTime: 30, retryLimit: 0 });
      const reply = await context.configure(queue, { priority: 1 });
      expectStatus(reply, 200);
      expectSame('options', sorted(fieldsOf(reply).options), { ...DEFAULTS, priority: 1 }, reply.request);
      expectSame('payloads', await context.drain(queue), [1, 2]);
    },
  },
  {
    id: 'configure-wrong-type',
    text: 'an option of the wrong type is answered 400, and the queue is not made',
    check: async (context) => {
      const wrong = [{ leaseTime: 'abc' }, { retryLimit: 1.5 }, { priority: null }, { encryptionEnabled: 'yes' }];
      for (const options of wrong) {
        const queue = context.queueName();
        expectError(await context.configure(queue, options), 400);
        const [result] = await context.push(queue, [{}]);
        expectSame('status of a push', result?.status, 'failed');
      }
    },
  },
  {
    id: 'configure-unknown-option',
    text: 'an unknown option is refused by name, or without effect and not echoed',
    check: async (context) => {
      const reply = await context.configure(context.queueName(), { leaseTimme: 5 });
      if (reply.status === 400 || 'error' in fieldsOf(reply)) return expectError(reply, 400, 'leaseTimme');
      expectStatus(reply, 200);
      expectSame('options', sorted(fieldsOf(reply).options), DEFAULTS, reply.request);
    },
  },
  {
    id: 'configure-refused',
    text: 'a body without a queue name is answered 400 queue is required',
    check: async (context) => {
      for (const body of [{}, { queue: 5 }, { queue: null }]) {
        expectError(await context.post('/api/v1/configure', body), 400, 'queue is required');
      }
    },
  },
  {
    id: 'configure-at-once',
    text: 'a queue configured by many at the same time is made once',
    check: async (context) => {
      const queue = context.queueName();
      const replies = await Promise.all(Array.from({ length: 10 }, () => context.configure(queue)));
      for (const reply of replies) expectStatus(reply, 200);
      await context.store(queue, [{ payload: 1 }]);
      expectSame('payloads', await context.drain(queue), [1]);
    },
  },
  {
    id: 'capacity-room-again',
    text: 'a queue at maxSize accepts again when messages were consumed',
    check: async (context) => {
      const queue = await context.queueOf(2, { maxSize: 2 });
      const [refused] = await context.push(queue, [{ payload: 3 }]);
      expectSame('status of a push to the full queue', refused?.status, 'failed');
      await context.expectPop(queue, { batch: 2, autoAck: true }, [1, 2]);
      const [accepted] = await context.push(queue, [{ payload: 4 }]);
      expectSame('status after consumption', accepted?.status, 'queued');
    },
  },
  {
    id: 'encryption',
    text: 'an encrypted queue gives back what it got, or is refused without a key',
    check: encryption,
  },
  {
    id: 'queue-delete',
    text: 'a deleted queue is gone with its messages; deleting says whether it existed',
    check: async (context) => {
      const queue = await context.queueOf(2);
      for (const existed of [true, false]) {
        const reply = await remove(context, queue);
        expectStatus(reply, 200);
        const { deleted, queue: named, existed: said } = fieldsOf(reply);
        expectSame('reply', { deleted, queue: named, existed: said }, { deleted: true, queue, existed }, reply.request);
      }
      await context.expectPop(queue, {}, []);
      const [result] = await context.push(queue, [{}]);
      expectSame('status of a push', result?.status, 'failed');
    },
  },
  {
    id: 'queue-made-again',
    text: 'a queue made again after it was deleted is empty, and ids used before are free',
    check: async (context) => {
      const queue = await context.queueOf(2);
      await context.expectPop(queue, { autoAck: true }, [1]);
      expectStatus(await remove(context, queue), 200);
      expectStatus(await context.configure(queue), 200);
      await context.expectPop(queue, {}, []);
      await context.store(queue, [{ transactionId: 'm1', payload: 'new' }]);
      await context.expectPop(queue, { autoAck: true }, ['new']);
    },
  },
  {
    id: 'queue-list',
    text: 'the list of queues holds a queue with its labels and counts',
    check: async (context) => {
      const queue = await context.queue({}, { namespace: 'ns', task: 'tk' });
      await context.store(queue, [{}, {}, { partition: 'b' }]);
      const reply = await context.get(QUEUES);
      const queues = expectShape(reply, { queues: 'array' }).queues as readonly unknown[];
      const own = queues.filter(isFields).find(({ name }) => name === queue);
      expectThat(own !== undefined && typeof own.id === 'string', 'the queue in the list', reply.text, reply.request);
      expectSame('labels', [own.namespace, own.task], ['ns', 'tk'], reply.request);
      const { total } = isFields(own.messages) ? own.messages : {};
      expectSame('messages.total', total, 3, reply.request);
    },
  },
  {
    id: 'queue-detail',
    text: 'the detail of a queue holds its partitions and totals',
    check: async (context) => {
      const queue = await context.queueOf(3);
      await context.store(queue, [{ partition: 'b' }]);
      await context.expectPop(queue, { partition: 'Default', autoAck: true }, [1]);
      const reply = await context.get(`${QUEUES}/${queue}`);
      const shape = { id: 'string', name: 'string', partitions: 'array', totals: 'object' } as const;
      const { name, partitions, totals } = expectShape(reply, shape);
      expectSame('name', name, queue, reply.request);
      const names = (partitions as readonly unknown[]).map((partition) =>
        isFields(partition) ? partition.name : null,
      );
      expectSame('partitions', names.sort(), ['Default', 'b'], reply.request);
      const { total, pending, completed } = isFields(totals) ? totals : {};
      expectSame('totals', { total, pending, completed }, { total: 4, pending: 3, completed: 1 }, reply.request);
    },
  },
  {
    id: 'queue-detail-absent',
    text: 'the detail of a queue that does not exist is answered 404 Queue not found',
    check: async (context) =>
      expectError(await context.get(`${QUEUES}/${context.queueName()}`), 404, 'Queue not found'),
  },
]);

async function encryption(context: CheckContext): Promise<void> {
  const queue = context.queueName();
  const reply = await context.configure(queue, { encryptionEnabled: true });
  if (reply.status >= 400 || 'error' in fieldsOf(reply)) return expectError(reply, 400, /key|encrypt/i);
  expectStatus(reply, 200);
  const payload = { secret: 'text', n: [1, null, 'é😀'] };
  const pushed = await context.pushReply(queue, [{ payload }]);
  if (pushed.status >= 400) return expectError(pushed, pushed.status, /key|encrypt/i);
  const result = Array.isArray(pushed.json) ? pushed.json[0] : undefined;
  if (result?.status === 'failed') {
    const error = String(result.error);
    return expectThat(/key|encrypt/i.test(error), 'an error that names the key', error, pushed.request);
  }
  expectSame('status', result?.status, 'queued', pushed.request);
  await context.expectPop(queue, {}, [payload]);
}

async function remove(context: CheckContext, queue: string): Promise<Reply> {
  return await context.send({ method: 'DELETE', path: `${QUEUES}/${encodeURIComponent(queue)}` });
}

/** The order of keys means nothing, but it shows in what is quoted. */
function sorted(fields: unknown): unknown {
  if (!isFields(fields)) return fields;
  return Object.fromEntries(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1)));
}
