import { expectError, expectSame, expectStatus, expectThat } from '../assertion.ts';
import { type Behaviour, inSection } from '../behaviour.ts';
import { type CheckContext, PUSH } from '../check-context.ts';

const NAMES = [
  'a b',
  '100%',
  '%41',
  `it's "so"`,
  '{x}',
  '{"x",NULL}',
  'naïve 中 😀',
  'a/b',
  'a,b',
  'a?b#c',
  'x:y',
  '-',
];

/** What is pushed is what is delivered, to the queue that was named. */
export const PAYLOAD_AND_NAME_BEHAVIOURS: readonly Behaviour[] = inSection('push', [
  {
    id: 'payload-scalars',
    text: 'payloads that are scalars, null, absent, empty or nested come back unaltered',
    check: async (context) => {
      const nested = Array.from({ length: 50 }).reduce<unknown>((inner) => [{ inner }], 'deep');
      await unaltered(context, ['text', '', 0, -1.5, true, false, null, [], {}, [[]], { a: { b: [1, null] } }, nested]);
      const queue = await context.queue();
      await context.store(queue, [{}]);
      await context.expectPop(queue, {}, [null]);
    },
  },
  {
    id: 'payload-unicode',
    text: 'unicode, quotes, backslashes and control characters in payloads come back unaltered',
    check: (context) =>
      unaltered(context, ['é中😀\u2028', '\\ " \' / \b\f\n\r\t\u0001\u007f', { 'ключ "x"': '%s {x}' }]),
  },
  {
    id: 'payload-nul',
    text: 'U+0000 in a payload comes back unaltered, or fails its item alone',
    check: async (context) => {
      const queue = await context.queue();
      const payloads = ['before', { 'a\0b': 'c\0d' }, 'after'];
      const results = await context.push(
        queue,
        payloads.map((payload) => ({ payload })),
      );
      const kept = payloads.filter((_, index) => results[index]?.status === 'queued');
      expectThat(kept.includes('before') && kept.includes('after'), 'the neighbours queued', results);
      await context.expectPop(queue, { batch: 3 }, kept);
    },
  },
  {
    id: 'payload-numbers',
    text: 'numbers that a double cannot hold come back digit by digit',
    check: async (context) => {
      const queue = await context.queue();
      const numbers = ['12345678901234567890', '-98765432109876543210', '0.12345678901234567891'];
      const items = numbers.map((number) => `{"queue":${JSON.stringify(queue)},"payload":{"n":${number}}}`);
      expectStatus(await context.post(PUSH, `{"items":[${items.join(',')}]}`), 201);
      const reply = await context.popReply(queue, { batch: 3 });
      const came = [...reply.text.matchAll(/"n"\s*:\s*([-\d.eE+]+)/g)].map(([, number]) => number);
      expectSame('numbers', came, numbers, reply.request);
    },
  },
  {
    id: 'payload-large',
    text: 'a payload of 1 MiB comes back unaltered',
    check: (context) => unaltered(context, [{ text: 'x'.repeat(2 ** 20) }]),
  },
  {
    id: 'names-special',
    text: 'queues and partitions with blanks, %, quotes, braces, slashes, unicode are reached by their own name only',
    check: async (context) => {
      const queues = NAMES.map((name) => context.queueName(name));
      for (const queue of queues) expectStatus(await context.configure(queue), 200);
      for (const [index, queue] of queues.entries()) {
        const partition = NAMES[index] ?? '';
        await context.store(queue, [
          { partition, payload: queue },
          { partition: 'other', payload: 'other' },
        ]);
      }
      for (const [index, queue] of queues.entries()) {
        const [message] = await context.expectPop(queue, { partition: NAMES[index] ?? '', batch: 9 }, [queue]);
        expectSame('names', [message?.queue, message?.partition], [queue, NAMES[index]]);
      }
    },
  },
  {
    id: 'names-colon',
    text: 'a colon in names routes nothing to another queue',
    check: async (context) => {
      const base = context.queueName();
      const joined = context.ownedQueue(`${base}:1`);
      for (const queue of [base, joined]) expectStatus(await context.configure(queue), 200);
      const items = [
        { queue: base, partition: '1:2', payload: 'first' },
        { queue: joined, partition: '2', payload: 'second' },
      ];
      expectStatus(await context.post(PUSH, { items }), 201);
      await context.expectPop(base, { partition: '1:2', batch: 9 }, ['first']);
      await context.expectPop(joined, { partition: '2', batch: 9 }, ['second']);
    },
  },
  {
    id: 'names-length',
    text: 'names and ids of 255 characters are accepted, of 256 refused',
    check: async (context) => {
      const queue = context.queueName();
      const longest = context.ownedQueue(queue.padEnd(255, 'x'));
      expectStatus(await context.configure(longest), 200);
      expectError(await context.configure(context.ownedQueue(queue.padEnd(256, 'x'))), 400);
      const [fits, long] = ['é'.repeat(255), 'é'.repeat(256)];
      const items = [
        { partition: fits },
        { transactionId: fits },
        { partition: long },
        { transactionId: long },
      ] as const;
      const statuses = (await context.push(longest, items)).map(({ status }) => status);
      expectSame('statuses', statuses, ['queued', 'queued', 'failed', 'failed']);
    },
  },
  {
    id: 'names-empty',
    text: 'an empty queue name fails its item',
    check: async (context) => {
      const [result] = await context.push('', [{}]);
      expectSame('status', result?.status, 'failed');
    },
  },
]);

async function unaltered(context: CheckContext, payloads: readonly unknown[]): Promise<void> {
  const queue = await context.queue();
  await context.store(
    queue,
    payloads.map((payload) => ({ payload })),
  );
  await context.expectPop(queue, { batch: payloads.length }, payloads);
}
