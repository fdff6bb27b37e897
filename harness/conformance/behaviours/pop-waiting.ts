import { expectSame, expectStatus, expectThat } from '../assertion.ts';
import { type Behaviour, inSection } from '../behaviour.ts';
import { type CheckContext, numbered, type PopOrder, popRequest } from '../check-context.ts';
import { type Message, messagesOf } from '../wire-reply.ts';

/** By then a waiting pop has reached the server and waits. */
const SETTLED_MS = 300;
const LONG_MS = 4_000;
/** A push must wake its waiter sooner than this. */
const WAKE_LIMIT_MS = 1_000;

/** `GET /api/v1/pop…?wait=true`. */
export const POP_WAITING_BEHAVIOURS: readonly Behaviour[] = inSection('pop', [
  {
    id: 'wait-wakes',
    text: 'a push wakes a waiting pop within a second',
    check: async (context) => {
      const queue = await context.queue();
      await expectWoken(context, () => context.pop(queue, { waitMs: LONG_MS }), queue);
    },
  },
  {
    id: 'wait-wakes-new-partition',
    text: 'a push to a partition that did not exist wakes a pop that waits for it',
    check: async (context) => {
      const queue = await context.queue();
      await expectWoken(context, () => context.pop(queue, { waitMs: LONG_MS, partition: 'late' }), queue, 'late');
    },
  },
  {
    id: 'wait-wakes-namespace',
    text: 'a push wakes a pop that waits for its namespace',
    check: async (context) => {
      const namespace = context.queueName('-ns');
      const queue = await context.queue({}, { namespace });
      const path = `/api/v1/pop?namespace=${encodeURIComponent(namespace)}`;
      const wait = async () => messagesOf(await context.send(popRequest(path, { waitMs: LONG_MS })));
      await expectWoken(context, wait, queue);
    },
  },
  {
    id: 'wait-at-once',
    text: 'a waiting pop is answered at once when there are messages',
    check: async (context) => {
      const queue = await context.queueOf(2);
      const startedAtMs = performance.now();
      await context.expectPop(queue, { waitMs: LONG_MS, batch: 2 }, [1, 2]);
      const tookMs = performance.now() - startedAtMs;
      expectThat(tookMs < LONG_MS / 2, `an answer within ${LONG_MS / 2} ms`, `${Math.round(tookMs)} ms`);
    },
  },
  {
    id: 'wait-ends',
    text: 'a wait without messages ends with 204 at its timeout',
    check: async (context) => {
      const queue = await context.queue();
      const startedAtMs = performance.now();
      const reply = await context.popReply(queue, { waitMs: 700 });
      const tookMs = performance.now() - startedAtMs;
      expectStatus(reply, 204);
      const inTime = tookMs >= 650 && tookMs < 3_000;
      expectThat(inTime, '204 after 0.7 to 3 s', `${Math.round(tookMs)} ms`, reply.request);
    },
  },
  {
    id: 'wait-absent-queue',
    text: 'a wait for a queue that does not exist ends with 204',
    check: async (context) => expectStatus(await context.popReply(context.queueName(), { waitMs: 300 }), 204),
  },
  {
    id: 'wait-auto-ack',
    text: 'autoAck with wait leaves no lease',
    check: async (context) => {
      const queue = await context.queue();
      const waiting = context.pop(queue, { waitMs: LONG_MS, autoAck: true });
      await afterSettling(context, waiting, () => context.store(queue, [{ payload: 1 }]));
      expectSame(
        'payloads',
        (await waiting).map(({ data }) => data),
        [1],
      );
      await context.store(queue, [{ payload: 2 }]);
      await context.expectPop(queue, { autoAck: true }, [2]);
    },
  },
  {
    id: 'wait-subscription',
    text: 'a wait keeps its subscription: a group that begins now gets what comes, not what was',
    check: async (context) => {
      const queue = await context.queueOf(2);
      const order = { consumerGroup: 'late', subscriptionMode: 'new', batch: 10 };
      const waiting = context.pop(queue, { ...order, waitMs: LONG_MS });
      await afterSettling(context, waiting, () => context.store(queue, [{ payload: 'new' }]));
      expectSame(
        'payloads',
        (await waiting).map(({ data }) => data),
        ['new'],
      );
    },
  },
  {
    id: 'wait-abandoned',
    text: 'a waiter that went away swallows nothing',
    check: async (context) => {
      const queue = await context.queue();
      const leaving = new AbortController();
      const abandoned = context.pop(queue, { waitMs: LONG_MS, signal: leaving.signal }).catch(() => []);
      await context.sleep(SETTLED_MS);
      leaving.abort(new Error('the waiter left'));
      await abandoned;
      await context.sleep(SETTLED_MS);
      await context.store(queue, [{ payload: 'kept' }]);
      await context.expectPop(queue, { waitMs: 3_000 }, ['kept']);
    },
  },
  {
    id: 'wait-one-lease-each',
    text: 'waiters that are served together have leases and messages of their own',
    check: disjointWaiters,
  },
  {
    id: 'wait-one-partition-one-waiter',
    text: 'one partition goes to one waiter of a group, not in parts to two',
    check: async (context) => {
      const queue = await context.queue();
      const waiters = [1, 2].map(() => context.pop(queue, { waitMs: 3_000, batch: 5 }));
      await afterSettling(context, Promise.all(waiters), () => context.store(queue, numbered(10)));
      const sizes = (await Promise.all(waiters)).map((messages) => messages.length).sort();
      expectSame('messages of the two waiters', sizes, [0, 5]);
    },
  },
  {
    id: 'wait-freed',
    text: 'a waiting pop gets what another consumer sets free by its last ack',
    check: async (context) => {
      const queue = await context.queueOf(2);
      const [message] = await context.take(queue, 1);
      const waiting = context.pop(queue, { waitMs: LONG_MS });
      await afterSettling(context, waiting, () => context.ack(message));
      const ackedAtMs = performance.now();
      expectSame(
        'payloads',
        (await waiting).map(({ data }) => data),
        [2],
      );
      const tookMs = performance.now() - ackedAtMs;
      expectThat(tookMs < WAKE_LIMIT_MS, `woken within ${WAKE_LIMIT_MS} ms`, `${Math.round(tookMs)} ms`);
    },
  },
  {
    id: 'wait-many',
    text: '100 waiters are all answered, each message once',
    check: async (context) => {
      const queue = await context.queue();
      const order: PopOrder = { waitMs: LONG_MS, autoAck: true };
      const waiters = Array.from({ length: 100 }, () => context.pop(queue, order));
      const items = Array.from({ length: 100 }, (_, index) => ({ partition: `p${index % 10}`, payload: index }));
      await afterSettling(context, Promise.all(waiters), () => context.store(queue, items));
      const payloads = (await Promise.all(waiters)).flat().map(({ data }) => data as number);
      expectSame(
        'payloads',
        payloads.sort((a, b) => a - b),
        [...Array(100).keys()],
      );
    },
  },
]);

/**
 * Does something once a pop waits. A pop that fails before is not left to fail unheard; whoever awaits it hears of it.
 */
async function afterSettling(
  context: CheckContext,
  waiting: Promise<unknown>,
  act: () => Promise<unknown>,
): Promise<void> {
  waiting.catch(() => undefined);
  await context.sleep(SETTLED_MS);
  await act();
}

async function expectWoken(
  context: CheckContext,
  wait: () => Promise<readonly Message[]>,
  queue: string,
  partition = 'Default',
): Promise<void> {
  const waiting = wait().then((messages) => ({ messages, atMs: performance.now() }));
  let sentAtMs = 0;
  await afterSettling(context, waiting, async () => {
    sentAtMs = performance.now();
    await context.store(queue, [{ partition, payload: 'late' }]);
  });
  // From the answer of the push: a busy machine makes both answers late.
  const queuedAtMs = performance.now();
  const { messages, atMs } = await waiting;
  expectSame(
    'payloads',
    messages.map(({ data }) => data),
    ['late'],
  );
  expectThat(atMs >= sentAtMs, 'a wait that lasts until the push', 'an earlier answer');
  const tookMs = Math.round(atMs - queuedAtMs);
  expectThat(tookMs < WAKE_LIMIT_MS, `woken within ${WAKE_LIMIT_MS} ms of the push`, `${tookMs} ms`);
}

async function disjointWaiters(context: CheckContext): Promise<void> {
  const queue = await context.queue();
  const waiters = Array.from({ length: 4 }, () => context.pop(queue, { waitMs: LONG_MS, batch: 10 }));
  const items = ['a', 'b', 'c', 'd'].flatMap((partition) =>
    numbered(5, partition).map((item) => ({ ...item, payload: `${partition}${item.payload}` })),
  );
  await afterSettling(context, Promise.all(waiters), () => context.store(queue, items));
  const replies = await Promise.all(waiters);
  const leases = replies.map((messages) => new Set(messages.map(({ leaseId }) => leaseId)));
  expectSame(
    'leases in each reply',
    leases.map((own) => own.size),
    [1, 1, 1, 1],
  );
  expectSame('different leases', new Set(leases.flatMap((own) => [...own])).size, 4);
  const payloads = replies.flat().map(({ data }) => data as string);
  expectSame('payloads, each once', payloads.sort(), items.map(({ payload }) => payload).sort());
}
