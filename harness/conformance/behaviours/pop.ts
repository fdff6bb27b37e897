import { expectSame, expectStatus, expectThat, isFields } from '../assertion.ts';
import { type Behaviour, inSection } from '../behaviour.ts';
import { type CheckContext, numbered, popRequest } from '../check-context.ts';
import { messagesOf } from '../wire-reply.ts';

/** `GET /api/v1/pop…` without waiting. */
export const POP_BEHAVIOURS: readonly Behaviour[] = inSection('pop', [
  {
    id: 'pop-shape',
    text: 'a message is delivered with every field of the contract',
    check: async (context) => {
      const queue = await context.queue({ priority: 5 });
      await context.store(queue, [{ partition: 'p', payload: { a: 1 }, transactionId: 't' }]);
      const before = Date.now();
      const [message] = await context.expectPop(queue, { consumerGroup: 'g' }, [{ a: 1 }]);
      const { partitionId, id, leaseId, createdAt, ...rest } = message ?? {};
      const expected = { transactionId: 't', traceId: null, queue, partition: 'p', data: { a: 1 } };
      expectSame('fields', rest, { ...expected, retryCount: 0, priority: 5, consumerGroup: 'g' });
      expectThat(leaseId !== null, 'a leaseId', message);
      const isTime = typeof createdAt === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(createdAt);
      expectThat(isTime, 'createdAt as YYYY-MM-DDTHH:MM:SS.mmmZ', createdAt);
      const ageMs = before - Date.parse(createdAt);
      expectThat(Math.abs(ageMs) < 600_000, 'createdAt within ten minutes of the clock here', createdAt);
    },
  },
  {
    id: 'pop-queue-mode',
    text: 'without a consumer group, consumerGroup is null',
    check: async (context) => {
      const [message] = await context.pop(await context.queueOf(1));
      expectSame('consumerGroup', message?.consumerGroup, null);
    },
  },
  {
    id: 'pop-nothing',
    text: 'an empty queue is answered 204 with an empty body',
    check: async (context) => {
      const reply = await context.popReply(await context.queue());
      expectStatus(reply, 204);
      expectSame('body', reply.text, '', reply.request);
    },
  },
  {
    id: 'pop-absent',
    text: 'a queue or partition that does not exist is answered 204',
    check: async (context) => {
      expectStatus(await context.popReply(context.queueName()), 204);
      expectStatus(await context.popReply(context.queueName(), { partition: 'p' }), 204);
      expectStatus(await context.popReply(await context.queue(), { partition: 'absent' }), 204);
    },
  },
  {
    id: 'pop-default-batch',
    text: 'without batch one message is delivered',
    check: async (context) => {
      await context.expectPop(await context.queueOf(3), {}, [1]);
    },
  },
  {
    id: 'pop-batch',
    text: 'at most batch messages are delivered, in order',
    check: async (context) => {
      const queue = await context.queueOf(10);
      await context.expectPop(queue, { batch: 4, autoAck: true }, [1, 2, 3, 4]);
      await context.expectPop(queue, { batch: 100, autoAck: true }, [5, 6, 7, 8, 9, 10]);
    },
  },
  {
    id: 'pop-query-names',
    text: 'query parameters are found by their whole name: xbatch is not batch',
    check: async (context) => {
      const queue = await context.queueOf(3);
      const reply = await context.get(`/api/v1/pop/queue/${encodeURIComponent(queue)}?xbatch=3`);
      expectSame('messages', messagesOf(reply).length, 1, reply.request);
    },
  },
  {
    id: 'pop-one-partition',
    text: 'a reply holds messages of one partition under one lease',
    check: async (context) => {
      const queue = await context.queue();
      for (const partition of ['a', 'b', 'c']) await context.store(queue, numbered(4, partition));
      const replies = [];
      for (let pops = 0; pops < 3; pops += 1) replies.push(await context.pop(queue, { batch: 10 }));
      for (const messages of replies) {
        const kinds = new Set(messages.map(({ partition, leaseId }) => `${partition} ${leaseId}`));
        expectSame('partitions and leases in a reply', kinds.size, 1);
        expectSame('messages in a reply', messages.length, 4);
      }
      expectSame('partitions', new Set(replies.map(([first]) => first?.partition)).size, 3);
    },
  },
  {
    id: 'pop-partition',
    text: 'a pop from a partition takes nothing from another',
    check: async (context) => {
      const queue = await context.queue();
      await context.store(queue, [
        { partition: 'a', payload: 'a' },
        { partition: 'b', payload: 'b' },
      ]);
      await context.expectPop(queue, { partition: 'b', batch: 10, autoAck: true }, ['b']);
      await context.expectPop(queue, { partition: 'b', batch: 10, autoAck: true }, []);
      await context.expectPop(queue, { partition: 'a', batch: 10, autoAck: true }, ['a']);
    },
  },
  {
    id: 'pop-auto-ack',
    text: 'autoAck settles at once and leaves no lease',
    check: async (context) => {
      const queue = await context.queueOf(2);
      await context.expectPop(queue, { autoAck: true }, [1]);
      await context.expectPop(queue, { autoAck: true }, [2]);
      await context.expectPop(queue, { autoAck: true }, []);
      await context.store(queue, [{ payload: 3 }]);
      await context.expectPop(queue, { autoAck: true }, [3]);
    },
  },
  {
    id: 'pop-groups',
    text: 'consumer groups are independent: each gets every message',
    check: async (context) => {
      const queue = await context.queueOf(3);
      for (const consumerGroup of ['a', 'b', undefined]) {
        const order = consumerGroup === undefined ? {} : { consumerGroup };
        await context.expectPop(queue, { batch: 3, ...order }, [1, 2, 3]);
      }
    },
  },
  {
    id: 'pop-groups-at-once',
    text: 'groups that pop one partition at the same time each get every message, in order',
    check: async (context) => {
      const queue = await context.queueOf(60);
      const groups = ['a', 'b', 'c', 'd', 'e'];
      const drained = await Promise.all(
        groups.map((consumerGroup) => context.drain(queue, { consumerGroup, batch: 3 })),
      );
      for (const payloads of drained)
        expectSame(
          'payloads',
          payloads,
          numbered(60).map(({ payload }) => payload),
        );
    },
  },
  {
    id: 'pop-fair',
    text: 'a partition full of messages does not starve 29 others that have one each',
    check: fairChoice,
  },
  {
    id: 'pop-namespace',
    text: 'a pop by namespace, task or both finds their messages and no others',
    check: byLabels,
  },
  {
    id: 'pop-namespace-many',
    text: 'a pop by namespace finds the one queue with messages among 12 idle ones',
    check: async (context) => {
      const namespace = context.queueName('-ns');
      const queues = [];
      for (let made = 0; made < 13; made += 1) queues.push(await context.queue({}, { namespace }));
      for (const queue of [queues[12] ?? '', queues[0] ?? '']) {
        await context.store(queue, [{ payload: queue }]);
        const [message] = messagesOf(
          await context.send(popRequest(`/api/v1/pop?${query({ namespace })}`, { autoAck: true })),
        );
        expectSame('queue', message?.queue, queue);
      }
    },
  },
  {
    id: 'pop-retry-count',
    text: 'a message delivered again says so in retryCount',
    check: async (context) => {
      const queue = await context.queueOf(1);
      const [message] = await context.take(queue, 1);
      await context.ack(message, { status: 'failed' });
      const [again] = await context.pop(queue, { waitMs: 3_000 });
      expectSame('retryCount', again?.retryCount, 1);
    },
  },
]);

async function fairChoice(context: CheckContext): Promise<void> {
  const queue = await context.queue();
  const small = Array.from({ length: 29 }, (_, index) => `small-${index}`);
  await context.store(queue, numbered(300, 'big'));
  await context.store(
    queue,
    small.map((partition) => ({ partition })),
  );
  const seen = new Set<string>();
  // A fair choice needs little more than 30; one by the number of messages would need 300 before the first small one.
  for (let pops = 0; pops < 150 && seen.size < 30; pops += 1) {
    const [message] = await context.pop(queue, { autoAck: true });
    if (message !== undefined) seen.add(message.partition);
  }
  const missing = small.filter((partition) => !seen.has(partition));
  expectThat(missing.length === 0, 'all 30 partitions within 150 pops', { missing });
}

async function byLabels(context: CheckContext): Promise<void> {
  const [namespace, task] = [context.queueName('-ns'), context.queueName('-task')];
  const labels = [{ namespace, task }, { namespace }, { task }] as const;
  for (const label of labels) {
    const queue = await context.queue({}, label);
    await context.store(queue, [{ payload: label }]);
  }
  const pop = async (asked: Readonly<Record<string, string>>): Promise<string[]> => {
    const found: string[] = [];
    while (found.length < 10) {
      const order = { autoAck: true, consumerGroup: JSON.stringify(asked).slice(0, 200) };
      const messages = messagesOf(await context.send(popRequest(`/api/v1/pop?${query(asked)}`, order)));
      if (messages.length === 0) break;
      found.push(...messages.map(({ data }) => JSON.stringify(isFields(data) ? data : null)));
    }
    return found.sort();
  };
  const [both, onlyNamespace, onlyTask] = labels.map((label) => JSON.stringify(label));
  expectSame('by namespace and task', await pop({ namespace, task }), [both]);
  expectSame('by namespace', await pop({ namespace }), [both, onlyNamespace].sort());
  expectSame('by task', await pop({ task }), [both, onlyTask].sort());
}

function query(fields: Readonly<Record<string, string>>): string {
  return new URLSearchParams(fields).toString();
}
