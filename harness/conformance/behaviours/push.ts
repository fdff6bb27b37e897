import { expectError, expectSame, expectThat } from '../assertion.ts';
import { type Behaviour, inSection } from '../behaviour.ts';
import { type CheckContext, numbered, PUSH } from '../check-context.ts';
import { pushResults } from '../wire-reply.ts';
import { pushContract } from './push-contract.ts';

const MANY = 10_000;

/** `POST /api/v1/push`. */
export const PUSH_BEHAVIOURS: readonly Behaviour[] = [
  ...pushContract('push', PUSH),
  ...inSection('push', [
    {
      id: 'push-10000',
      text: '10,000 items in one request are all queued and delivered, in order',
      check: async (context) => {
        const queue = await context.queue();
        const results = await context.push(queue, numbered(MANY));
        const wrong = results.findIndex((result, index) => {
          return result.status !== 'queued' || result.transactionId !== `m${index + 1}`;
        });
        expectThat(wrong < 0, 'every item queued under its own id', results[wrong]);
        const drained = await context.drain(queue);
        const strange = drained.findIndex((payload, index) => payload !== index + 1);
        expectThat(strange < 0 && drained.length === MANY, `payloads 1 to ${MANY}`, {
          length: drained.length,
          firstWrongAt: strange,
        });
      },
    },
    {
      id: 'push-after-bad-batches',
      text: 'batches that fail leave nothing behind: 100 pushes after them are all queued and delivered',
      check: afterBadBatches,
    },
    {
      id: 'push-concurrent-replies',
      text: 'each of many concurrent pushes gets exactly its own results',
      check: async (context) => {
        const queue = await context.queue();
        const requests = Array.from({ length: 40 }, (_, request) =>
          Array.from({ length: 1 + (request % 5) }, (_unused, item) => ({
            partition: `p${request % 3}`,
            transactionId: `r${request}-${item}`,
          })),
        );
        const replies = await Promise.all(requests.map((items) => context.push(queue, items)));
        for (const [index, results] of replies.entries()) {
          const wanted = requests[index]?.map(({ transactionId }) => ['queued', transactionId]);
          expectSame(
            'results of one request',
            results.map((result) => [result.status, result.transactionId]),
            wanted,
          );
        }
      },
    },
    {
      id: 'push-bad-beside-good',
      text: 'bad items of one client do not touch the items of others pushed at the same time',
      check: async (context) => {
        const queue = await context.queue();
        const bad = [{ traceId: 'no-uuid' }, { transactionId: 'x'.repeat(300) }, { payload: 'a\0b' }];
        const pushes = Array.from({ length: 60 }, (_, index) => {
          const item = index % 3 === 0 ? (bad[(index / 3) % 3] ?? {}) : { payload: index };
          return context.push(queue, [item]);
        });
        const results = (await Promise.all(pushes)).flat();
        const harmed = results.filter(({ status }, index) => index % 3 !== 0 && status !== 'queued');
        expectSame('good items that were not queued', harmed, []);
      },
    },
    {
      id: 'push-concurrent-fifo',
      text: 'pushes of several producers to one partition keep the order of each producer',
      check: async (context) => {
        const queue = await context.queue();
        const produce = async (producer: number): Promise<void> => {
          for (let sequence = 0; sequence < 20; sequence += 1) {
            await context.store(queue, [{ payload: [producer, sequence] }]);
          }
        };
        await Promise.all([0, 1, 2, 3].map(produce));
        const drained = (await context.drain(queue)) as readonly (readonly [number, number])[];
        for (const producer of [0, 1, 2, 3]) {
          const own = drained.flatMap(([by, sequence]) => (by === producer ? [sequence] : []));
          expectSame(`sequence of producer ${producer}`, own, [...Array(20).keys()]);
        }
      },
    },
    {
      id: 'push-nothing-passed-over',
      text: 'a consumer that keeps up gets every queued message, whichever push commits first',
      check: nothingPassedOver,
    },
    {
      id: 'push-empty-body',
      text: 'an empty body is answered 400 Empty request body',
      check: async (context) => expectError(await context.post(PUSH, ''), 400, 'Empty request body'),
    },
    {
      id: 'push-buffer-options',
      text: 'bufferMs and bufferMax of a body are accepted',
      check: async (context) => {
        const queue = await context.queue();
        const reply = await context.post(PUSH, { items: [{ queue, payload: 1 }], bufferMs: 100, bufferMax: 10 });
        expectSame('status', pushResults(reply, 1)[0]?.status, 'queued', reply.request);
      },
    },
  ]),
];

async function afterBadBatches(context: CheckContext): Promise<void> {
  const queue = await context.queue();
  const bad = [
    [{ transactionId: 'a' }, { transactionId: 'a' }],
    [{ traceId: 'no-uuid' }],
    [{ payload: 'a\0b' }],
    [{ transactionId: 'x'.repeat(300) }],
  ];
  for (const items of [...bad, ...bad]) await context.push(queue, items);
  await context.drain(queue);
  for (let sequence = 0; sequence < 100; sequence += 1) {
    const reply = await context.pushReply(queue, [{ payload: sequence, transactionId: `after-${sequence}` }]);
    const result = Array.isArray(reply.json) ? reply.json[0] : reply.text;
    expectSame('result', [result?.status, result?.transaction_id], ['queued', `after-${sequence}`], reply.request);
  }
  expectSame('delivered', await context.drain(queue), [...Array(100).keys()]);
}

/** Large transactions beside small ones, on one partition: what starts first must not commit behind the consumer. */
async function nothingPassedOver(context: CheckContext): Promise<void> {
  const queue = await context.queue();
  const endMs = performance.now() + 1_500;
  const delivered = new Set<unknown>();
  let queued = 0;
  const produce = async (producer: number, batch: number): Promise<void> => {
    for (let round = 0; performance.now() < endMs; round += 1) {
      const items = Array.from({ length: batch }, (_, item) => ({ payload: `${producer}-${round}-${item}` }));
      const results = await context.store(queue, items);
      queued += results.length;
    }
  };
  const producing = Promise.all([produce(0, 800), produce(1, 1), produce(2, 1), produce(3, 1)]);
  const consume = async (): Promise<void> => {
    for (const payload of await context.drain(queue)) delivered.add(payload);
  };
  const consuming = async (): Promise<void> => {
    while (performance.now() < endMs) await consume();
  };
  await Promise.all([producing, consuming()]);
  await consume();
  expectThat(delivered.size === queued, `${queued} messages delivered`, `${delivered.size}`);
}
