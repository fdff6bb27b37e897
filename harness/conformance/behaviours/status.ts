import { expectError, expectSame, expectShape, expectStatus, expectThat, isFields, meansStatus } from '../assertion.ts';
import { type Behaviour, inSection } from '../behaviour.ts';
import type { CheckContext } from '../check-context.ts';
import { NotOffered } from '../finding-error.ts';

const HEALTH_CONNECTIONS = 4;

/** Health, metrics, analytics. */
export const STATUS_BEHAVIOURS: readonly Behaviour[] = inSection('health, metrics, status', [
  {
    id: 'health',
    text: 'GET /health of a server that works is 200 healthy, connected',
    check: async (context) => {
      const reply = await context.get('/health');
      const shape = { status: 'string', database: 'string', server: 'string', version: 'string' } as const;
      const { status, database } = expectShape(reply, shape);
      expectSame('status and database', [status, database], ['healthy', 'connected'], reply.request);
    },
  },
  {
    id: 'health-under-load',
    text: '/health goes on being answered while a push of 10,000 items runs',
    alone: true,
    check: async (context) => {
      const queue = await context.queue();
      const tries: { readonly longestMs: number; readonly pushMs: number }[] = [];
      // A machine that is busy otherwise may hold up one push, or two.
      while (tries.length < 3 && tries.every(({ longestMs, pushMs }) => longestMs >= pushMs / 2)) {
        tries.push(await healthBesidePush(context, queue));
      }
      const came = tries.map(({ longestMs, pushMs }) => `${Math.round(longestMs)} of ${Math.round(pushMs)} ms`);
      const last = tries.at(-1);
      expectThat(
        last !== undefined && last.longestMs < last.pushMs / 2,
        'every /health answered in less than half the time of the push',
        came.join(', '),
      );
    },
  },
  {
    id: 'metrics',
    text: "GET /metrics is Prometheus text or the contract's JSON",
    check: async (context) => {
      const reply = await context.get('/metrics');
      expectStatus(reply, 200);
      if (/^# (TYPE|HELP) /m.test(reply.text)) return;
      expectShape(reply, { uptime: 'number', requests: 'object', messages: 'object', database: 'object' });
    },
  },
  {
    id: 'status',
    text: 'GET /api/v1/status holds messages, leases and dead letters in total',
    check: async (context) => {
      const reply = await context.get('/api/v1/status');
      const shape = { messages: 'object', leases: 'object', deadLetterQueue: 'object', queues: 'array' } as const;
      const { messages } = expectShape(reply, shape);
      const names = ['total', 'pending', 'processing', 'completed', 'failed', 'deadLetter'];
      const missing = names.filter((name) => !isFields(messages) || typeof messages[name] !== 'number');
      expectThat(missing.length === 0, `messages with ${names.join(', ')}`, messages, reply.request);
    },
  },
  {
    id: 'status-queues',
    text: 'GET /api/v1/status/queues lists queues with their counts',
    check: async (context) => {
      await context.queueOf(1);
      expectShape(await context.get('/api/v1/status/queues'), { queues: 'array' });
    },
  },
  {
    id: 'status-queue',
    text: 'GET /api/v1/status/queues/:queue holds its partitions; 404 when it does not exist',
    check: async (context) => {
      const queue = await context.queueOf(1);
      expectShape(await context.get(`/api/v1/status/queues/${queue}`), { partitions: 'array' });
      expectError(await context.get(`/api/v1/status/queues/${context.queueName()}`), 404, 'Queue not found');
    },
  },
  {
    id: 'status-queue-messages',
    text: 'GET /api/v1/status/queues/:queue/messages lists its messages',
    check: async (context) => {
      const queue = await context.queueOf(2);
      const reply = await context.get(`/api/v1/status/queues/${queue}/messages`);
      const { messages } = expectShape(reply, { messages: 'array' });
      expectSame('messages', (messages as readonly unknown[]).length, 2, reply.request);
    },
  },
  {
    id: 'analytics',
    text: 'GET /api/v1/status/analytics holds throughput, queue depths and error rates',
    check: async (context) => {
      const shape = { throughput: 'object', queueDepths: 'object', errorRates: 'object' } as const;
      expectShape(await context.get('/api/v1/status/analytics'), shape);
    },
  },
  {
    id: 'system-metrics',
    text: 'GET /api/v1/analytics/system-metrics holds replicas and a time range',
    check: async (context) => {
      expectShape(await context.get('/api/v1/analytics/system-metrics'), { replicas: 'array', timeRange: 'object' });
    },
  },
  {
    id: 'consumer-groups',
    text: 'GET /api/v1/consumer-groups lists a group that has popped',
    check: async (context) => {
      const queue = await context.queueOf(1);
      const consumerGroup = `${context.prefix}-group`;
      await context.take(queue, 1, { consumerGroup });
      const reply = await context.get('/api/v1/consumer-groups');
      expectStatus(reply, 200);
      const groups = Array.isArray(reply.json) ? reply.json.filter(isFields) : [];
      const own = groups.some(({ name }) => name === consumerGroup);
      expectThat(own, `an array with the group ${consumerGroup}`, reply.text, reply.request);
    },
  },
  {
    id: 'overview',
    text: 'GET /api/v1/resources/overview counts queues, partitions and messages',
    check: async (context) => {
      const shape = { queues: 'number', partitions: 'number', messages: 'object' } as const;
      expectShape(await context.get('/api/v1/resources/overview'), shape);
    },
  },
  {
    id: 'namespaces-and-tasks',
    text: 'namespaces and tasks are listed',
    check: async (context) => {
      const [namespace, task] = [context.queueName('-ns'), context.queueName('-task')];
      await context.queue({}, { namespace, task });
      for (const [list, field, name] of [
        ['namespaces', 'namespace', namespace],
        ['tasks', 'task', task],
      ] as const) {
        const reply = await context.get(`/api/v1/resources/${list}`);
        const rows = expectShape(reply, { [list]: 'array' })[list] as readonly unknown[];
        const own = rows.some((row) => isFields(row) && row[field] === name);
        expectThat(own, `${name} in ${list}`, reply.text, reply.request);
      }
    },
  },
  {
    id: 'streams',
    text: 'streams, which a server may do without',
    check: async (context) => {
      const reply = await context.get('/api/v1/resources/streams');
      if (meansStatus(reply, 404)) throw new NotOffered('404: the contract lets a server do without streams');
      expectShape(reply, { streams: 'array' });
    },
  },
]);

/** The longest wait for `/health` while 10,000 items are pushed, on several connections: of several processes one is busy. */
async function healthBesidePush(context: CheckContext, queue: string) {
  let running = true;
  const startedAtMs = performance.now();
  const pushing = context.push(queue, Array(10_000).fill({ payload: 'x'.repeat(100) })).finally(() => {
    running = false;
  });
  pushing.catch(() => undefined);
  let longestMs = 0;
  const look = async (): Promise<void> => {
    while (running) {
      const askedAtMs = performance.now();
      expectStatus(await context.get('/health'), 200);
      longestMs = Math.max(longestMs, performance.now() - askedAtMs);
    }
  };
  await Promise.all(Array.from({ length: HEALTH_CONNECTIONS }, look));
  await pushing;
  return { longestMs, pushMs: performance.now() - startedAtMs };
}
