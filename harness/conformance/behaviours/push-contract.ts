import { expectError, expectSame, expectStatus, expectThat } from '../assertion.ts';
import type { Behaviour } from '../behaviour.ts';
import { type CheckContext, numbered } from '../check-context.ts';
import type { Section } from '../outcome.ts';
import type { PushResult } from '../wire-reply.ts';

const TRACE_ID = '018f0000-0000-7000-8000-000000000001';
/** Should a server accept what it must refuse, it lands in nobody's queue. */
const NOWHERE = 'conformance-no-such-queue';
/** Bodies that are no push, with the contract's texts. */
const REFUSED: readonly (readonly [body: object, text: string])[] = [
  [{}, 'items array is required'],
  [{ items: 'x' }, 'items array is required'],
  [{ items: [{ payload: 1 }] }, 'Queue must be a string'],
  [{ items: [{ queue: 5 }] }, 'Queue must be a string'],
  [{ items: [5] }, 'Queue must be a string'],
  [{ items: [{ queue: NOWHERE, partition: 5 }] }, 'Partition must be a string'],
  [{ items: [{ queue: NOWHERE, transactionId: 5 }] }, 'TransactionId must be a string'],
  [{ items: [{ queue: NOWHERE, traceId: null }] }, 'TraceId must be a string'],
];

interface RouteBehaviour {
  readonly id: string;
  readonly text: string;
  readonly check: (context: CheckContext, path: string) => Promise<void>;
}

const ROUTE_BEHAVIOURS: readonly RouteBehaviour[] = [
  {
    id: 'queued',
    text: 'an item is answered 201, queued, with a message_id, and is delivered',
    check: async (context, path) => {
      const queue = await context.queue();
      const [result] = await context.push(queue, [{ payload: { a: 1 } }], path);
      expectSame('status', result?.status, 'queued');
      expectThat(result?.messageId !== undefined, 'a message_id', result);
      const [message] = await context.expectPop(queue, {}, [{ a: 1 }]);
      expectSame(
        'id and transactionId of the reply',
        [message?.id, message?.transactionId],
        [result.messageId, result.transactionId],
      );
    },
  },
  {
    id: 'echo',
    text: 'every result echoes the transaction id of its item',
    check: async (context, path) => {
      const items = numbered(20);
      const results = await context.push(await context.queue(), items, path);
      expectSame(
        'transaction ids',
        idsOf(results),
        items.map(({ transactionId }) => transactionId),
      );
    },
  },
  {
    id: 'order',
    text: 'results stand in input order, whatever queues and partitions are mixed',
    check: async (context, path) => {
      const queues = [await context.queue(), await context.queue()];
      const items = Array.from({ length: 30 }, (_, index) => ({
        queue: queues[index % 2],
        partition: `p${index % 3}`,
        transactionId: `t${index}`,
      }));
      const reply = await context.post(path, { items });
      expectStatus(reply, 201);
      const came = Array.isArray(reply.json) ? reply.json.map((result) => result.transaction_id) : reply.text;
      expectSame(
        'transaction ids',
        came,
        items.map(({ transactionId }) => transactionId),
        reply.request,
      );
    },
  },
  {
    id: 'generated-ids',
    text: 'items without a transaction id each get one of their own',
    check: async (context, path) => {
      const results = await context.push(await context.queue(), [{}, {}, {}], path);
      expectSame('different ids', new Set(idsOf(results)).size, 3);
    },
  },
  {
    id: 'empty',
    text: 'no items are answered 201 []',
    check: async (context, path) => {
      const reply = await context.post(path, { items: [] });
      expectStatus(reply, 201);
      expectSame('body', reply.json, [], reply.request);
    },
  },
  {
    id: 'refused',
    text: 'a body that is no push is answered 400 with the reason',
    check: async (context, path) => {
      for (const [body, text] of REFUSED) expectError(await context.post(path, body), 400, text);
    },
  },
  {
    id: 'refused-whole',
    text: 'an item of the wrong shape refuses the request before any work',
    check: async (context, path) => {
      const queue = await context.queue();
      expectError(await context.post(path, { items: [{ queue, payload: 1 }, { payload: 2 }] }), 400);
      await context.expectPop(queue, {}, []);
    },
  },
  {
    id: 'duplicate',
    text: 'an id used before is a duplicate, with the message_id of the first',
    check: async (context, path) => {
      const queue = await context.queue();
      const [first] = await context.push(queue, [{ transactionId: 'a', payload: 1 }], path);
      const [second] = await context.push(queue, [{ transactionId: 'a', payload: 2 }], path);
      expectSame('second', [second?.status, second?.messageId], ['duplicate', first?.messageId]);
      expectSame('delivered', await context.drain(queue), [1]);
    },
  },
  {
    id: 'same-id-elsewhere',
    text: 'the same id in another partition is another message',
    check: async (context, path) => {
      const queue = await context.queue();
      for (const partition of ['a', 'b']) {
        const [result] = await context.push(queue, [{ partition, transactionId: 'x' }], path);
        expectSame(`status in partition ${partition}`, result?.status, 'queued');
      }
    },
  },
  {
    id: 'twins',
    text: 'a duplicate inside one batch leaves its neighbours unharmed',
    check: async (context, path) => {
      const queue = await context.queue();
      const ids = ['a', 'b', 'a', 'c'];
      const items = ids.map((transactionId, payload) => ({ transactionId, payload }));
      const results = await context.push(queue, items, path);
      expectSame('statuses', statusesOf(results), ['queued', 'queued', 'duplicate', 'queued']);
      expectSame('delivered', await context.drain(queue), [0, 1, 3]);
    },
  },
  {
    id: 'missing-queue',
    text: 'a queue that does not exist fails its own items only',
    check: async (context, path) => {
      const queue = await context.queue();
      const absent = context.queueName();
      const items = [{ queue, payload: 1 }, { queue: absent }, { queue, payload: 2 }];
      const reply = await context.post(path, { items });
      expectStatus(reply, 201);
      const results = Array.isArray(reply.json) ? reply.json : [];
      const statuses = results.map(({ status }) => status);
      expectSame('statuses', statuses, ['queued', 'failed', 'queued'], reply.request);
      const error = `Queue '${absent}' does not exist. Please create it using the configure endpoint first.`;
      expectSame('error', results[1]?.error, error, reply.request);
    },
  },
  {
    id: 'bad-item',
    text: 'a trace id that is no UUID or an over-long id fails alone',
    check: async (context, path) => {
      const queue = await context.queue();
      const bad = [{ traceId: 'no-uuid' }, { transactionId: 'x'.repeat(256) }];
      const items = [{ payload: 1 }, bad[0] ?? {}, { payload: 2 }, bad[1] ?? {}, { payload: 3 }];
      const results = await context.push(queue, items, path);
      expectSame('statuses', statusesOf(results), ['queued', 'failed', 'queued', 'failed', 'queued']);
      expectThat(typeof results[1]?.error === 'string', 'an error that says why', results[1]);
      expectSame('delivered', await context.drain(queue), [1, 2, 3]);
    },
  },
  {
    id: 'trace',
    text: 'a trace id is stored and delivered',
    check: async (context, path) => {
      const queue = await context.queue();
      await context.push(queue, [{ traceId: TRACE_ID }, {}], path);
      const messages = await context.pop(queue, { batch: 2 });
      expectSame(
        'trace ids',
        messages.map(({ traceId }) => traceId),
        [TRACE_ID, null],
      );
    },
  },
  {
    id: 'fifo',
    text: 'messages of a partition are delivered in the order they were pushed',
    check: async (context, path) => {
      const queue = await context.queue();
      const all = numbered(100);
      for (let from = 0; from < all.length; from += 10) await context.push(queue, all.slice(from, from + 10), path);
      expectSame(
        'payloads',
        await context.drain(queue, { batch: 7 }),
        all.map(({ payload }) => payload),
      );
    },
  },
  {
    id: 'capacity',
    text: 'maxSize holds while pushes come at the same time',
    check: async (context, path) => {
      const queue = await context.queue({ maxSize: 10 });
      const pushes = Array.from({ length: 12 }, () => context.push(queue, [{}, {}, {}], path));
      const results = (await Promise.all(pushes)).flat();
      const queued = results.filter(({ status }) => status === 'queued').length;
      const refused = results.find(({ status }) => status === 'failed');
      expectThat(queued > 0 && queued <= 10, 'from 1 to 10 of 36 messages queued with maxSize 10', `${queued} queued`);
      expectThat(/capacity/.test(refused?.error ?? ''), "failed: Queue '…' would exceed max capacity …", refused);
      expectSame('messages delivered', (await context.drain(queue)).length, queued);
    },
  },
];

/** What holds for both push routes. */
export function pushContract(section: Section, path: string): readonly Behaviour[] {
  return ROUTE_BEHAVIOURS.map(({ id, text, check }) => ({
    section,
    id: `${section}-${id}`,
    text,
    check: (context) => check(context, path),
  }));
}

function idsOf(results: readonly PushResult[]): readonly string[] {
  return results.map(({ transactionId }) => transactionId);
}

function statusesOf(results: readonly PushResult[]): readonly string[] {
  return results.map(({ status }) => status);
}
