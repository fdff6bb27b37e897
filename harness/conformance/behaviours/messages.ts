import { expectError, expectSame, expectShape, expectStatus, expectThat, fieldsOf, isFields } from '../assertion.ts';
import { type Behaviour, inSection } from '../behaviour.ts';
import type { CheckContext } from '../check-context.ts';
import { given } from '../finding-error.ts';
import type { Reply } from '../http-client.ts';

const UNKNOWN_PARTITION = '00000000-0000-7000-8000-000000000000';

/** `/api/v1/messages…` and `/api/v1/dlq`. */
export const MESSAGE_BEHAVIOURS: readonly Behaviour[] = inSection('messages and dead letters', [
  {
    id: 'messages-list',
    text: 'the list of messages holds a message as soon as its push was answered',
    check: async (context) => {
      const queue = await context.queueOf(2);
      const { reply, messages } = await list(context, `/api/v1/messages?queue=${queue}`);
      const found = messages.map(({ transactionId }) => transactionId).sort();
      expectSame('transaction ids', found, ['m1', 'm2'], reply.request);
      const [first] = messages;
      expectSame('names', [first?.queue, first?.partition], [queue, 'Default'], reply.request);
      expectThat(typeof first?.id === 'string' && typeof first.partitionId === 'string', 'ids', first, reply.request);
    },
  },
  {
    id: 'messages-pages',
    text: 'limit and offset page through the list, each message once',
    check: async (context) => {
      const queue = await context.queueOf(5);
      const found: unknown[] = [];
      for (const offset of [0, 2, 4]) {
        const { messages } = await list(context, `/api/v1/messages?queue=${queue}&limit=2&offset=${offset}`);
        found.push(...messages.map(({ transactionId }) => transactionId));
      }
      expectSame('transaction ids', found.sort(), ['m1', 'm2', 'm3', 'm4', 'm5']);
    },
  },
  {
    id: 'messages-partition',
    text: 'the list can be narrowed to a partition',
    check: async (context) => {
      const queue = await context.queueOf(1);
      await context.store(queue, [{ partition: 'b', transactionId: 'in-b' }]);
      const { messages } = await list(context, `/api/v1/messages?queue=${queue}&partition=b`);
      expectSame(
        'transaction ids',
        messages.map(({ transactionId }) => transactionId),
        ['in-b'],
      );
    },
  },
  {
    id: 'message-get',
    text: 'one message is read by partition and transaction id, with its payload',
    check: async (context) => {
      const { path } = await storedMessage(context);
      const reply = await context.get(path);
      expectStatus(reply, 200);
      expectSame('transactionId', fieldsOf(reply).transactionId, 't', reply.request);
      expectThat(/"secret-payload"/.test(reply.text), 'the payload', reply.text, reply.request);
    },
  },
  {
    id: 'message-get-unknown',
    text: 'a message that does not exist is answered 404 Message not found',
    check: async (context) => {
      for (const method of ['GET', 'DELETE']) {
        const reply = await context.send({ method, path: `/api/v1/messages/${UNKNOWN_PARTITION}/unknown` });
        expectError(reply, 404, 'Message not found');
      }
    },
  },
  {
    id: 'message-delete',
    text: 'a deleted message is not delivered; its neighbours are',
    check: async (context) => {
      const { queue, path } = await storedMessage(context);
      await context.store(queue, [{ payload: 'next' }]);
      const reply = await context.send({ method: 'DELETE', path });
      expectStatus(reply, 200);
      const { success, transactionId } = fieldsOf(reply);
      expectSame('reply', [success, transactionId], [true, 't'], reply.request);
      expectError(await context.get(path), 404);
      await context.expectPop(queue, { batch: 5 }, ['next']);
    },
  },
  {
    id: 'dlq-list',
    text: 'dead letters are listed with their error and payload, as many as total says',
    check: async (context) => {
      const queue = await deadQueue(context);
      const { reply, messages } = await list(context, `/api/v1/dlq?queue=${queue}`);
      const { total } = fieldsOf(reply);
      expectSame('total and length of the list', [total, messages.length], [2, 2], reply.request);
      const own = messages.find(({ transactionId }) => transactionId === 'm1');
      const { errorMessage, queueName, partitionName, data } = own ?? {};
      const expected = { errorMessage: 'boom', queueName: queue, partitionName: 'Default', data: 1 };
      expectSame('the dead letter m1', { errorMessage, queueName, partitionName, data }, expected, reply.request);
    },
  },
  {
    id: 'dlq-pages',
    text: 'limit and offset page through the dead letters while total stays',
    check: async (context) => {
      const queue = await deadQueue(context);
      const found: unknown[] = [];
      for (const offset of [0, 1]) {
        const { reply, messages } = await list(context, `/api/v1/dlq?queue=${queue}&limit=1&offset=${offset}`);
        const { total, limit } = fieldsOf(reply);
        expectSame('total and limit', [total, limit], [2, 1], reply.request);
        found.push(...messages.map(({ transactionId }) => transactionId));
      }
      expectSame('transaction ids', found.sort(), ['m1', 'm2']);
    },
  },
  {
    id: 'dlq-group',
    text: 'dead letters of a consumer group are its own',
    check: async (context) => {
      const queue = await context.queueOf(1, { retryLimit: 0 });
      const [message] = await context.take(queue, 1, { consumerGroup: 'g' });
      await given(async () => await context.ack(message, { status: 'failed', consumerGroup: 'g' }));
      const own = await list(context, `/api/v1/dlq?queue=${queue}&consumerGroup=g`);
      expectSame(
        'of the group',
        own.messages.map(({ consumerGroup }) => consumerGroup),
        ['g'],
        own.reply.request,
      );
      const other = await list(context, `/api/v1/dlq?queue=${queue}&consumerGroup=other`);
      expectSame('of another group', other.messages, [], other.reply.request);
      await context.expectPop(queue, {}, [1]);
    },
  },
  {
    id: 'dlq-empty',
    text: 'a queue without dead letters has an empty list and total 0',
    check: async (context) => {
      const { reply, messages } = await list(context, `/api/v1/dlq?queue=${await context.queueOf(1)}`);
      expectSame('total and list', [fieldsOf(reply).total, messages], [0, []], reply.request);
    },
  },
]);

async function list(
  context: CheckContext,
  path: string,
): Promise<{ readonly reply: Reply; readonly messages: readonly Readonly<Record<string, unknown>>[] }> {
  const reply = await context.get(path);
  const { messages } = expectShape(reply, { messages: 'array' });
  return { reply, messages: (messages as readonly unknown[]).filter(isFields) };
}

/** A queue with one message; its partition's id is learned by a group of its own. */
async function storedMessage(context: CheckContext): Promise<{ readonly queue: string; readonly path: string }> {
  const queue = await context.queue();
  await context.store(queue, [{ transactionId: 't', payload: { text: 'secret-payload' } }]);
  const [message] = await context.take(queue, 1, { consumerGroup: 'look' });
  return { queue, path: `/api/v1/messages/${message?.partitionId}/t` };
}

/** A queue with two dead letters. */
async function deadQueue(context: CheckContext): Promise<string> {
  const queue = await context.queueOf(2, { retryLimit: 0, deadLetterQueue: true });
  const messages = await context.take(queue, 2);
  await given(async () => {
    for (const message of messages) {
      expectSame('status', await context.ack(message, { status: 'failed', error: 'boom' }), 'failed_dlq');
    }
  });
  return queue;
}
