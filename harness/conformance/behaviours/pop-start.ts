import { expectSame, expectThat } from '../assertion.ts';
import { type Behaviour, inSection } from '../behaviour.ts';
import { type CheckContext, numbered } from '../check-context.ts';
import { CannotCheck } from '../finding-error.ts';
import { SHORT_OVER_MS, SHORT_S } from '../short-time.ts';

/** Where a group begins, and when a message becomes visible. */
export const POP_START_BEHAVIOURS: readonly Behaviour[] = inSection('pop', [
  {
    id: 'subscription-all',
    text: 'a new group begins at the beginning, with subscriptionMode=all and without',
    check: async (context) => {
      const queue = await context.queueOf(2);
      await context.expectPop(queue, { consumerGroup: 'a', batch: 5 }, [1, 2]);
      await context.expectPop(queue, { consumerGroup: 'b', subscriptionMode: 'all', batch: 5 }, [1, 2]);
    },
  },
  {
    id: 'subscription-new',
    text: 'with subscriptionMode=new a new group gets only what comes after its first pop',
    check: (context) => beginsNow(context, { subscriptionMode: 'new' }),
  },
  {
    id: 'subscription-now',
    text: 'with subscriptionFrom=now a new group gets only what comes after its first pop',
    check: (context) => beginsNow(context, { subscriptionFrom: 'now' }),
  },
  {
    id: 'subscription-timestamp',
    text: 'with subscriptionFrom=<timestamp> a new group begins there',
    check: async (context) => {
      const queue = await context.queueOf(1);
      await context.sleep(100);
      await context.store(queue, [{ payload: 2 }]);
      const [, second] = await context.take(queue, 2, { consumerGroup: 'look' });
      // The server's own clock; two messages lie 100 ms apart.
      if (typeof second?.createdAt !== 'string') throw new CannotCheck('createdAt is no text');
      const subscriptionFrom = new Date(Date.parse(second.createdAt) - 20).toISOString();
      await context.expectPop(queue, { consumerGroup: 'late', subscriptionFrom, batch: 5 }, [2]);
    },
  },
  {
    id: 'subscription-once',
    text: 'a subscription says where a group begins, not where it goes on',
    check: async (context) => {
      const queue = await context.queueOf(2);
      await context.expectPop(queue, { consumerGroup: 'g', autoAck: true }, [1]);
      await context.expectPop(queue, { consumerGroup: 'g', autoAck: true, subscriptionMode: 'new' }, [2]);
    },
  },
  {
    id: 'delayed-processing',
    text: 'delayedProcessing hides a message for so many seconds, then it is delivered',
    check: async (context) => {
      const queue = await context.queueOf(1, { delayedProcessing: SHORT_S });
      await context.expectPop(queue, { autoAck: true }, []);
      await context.sleep(SHORT_OVER_MS);
      await context.expectPop(queue, { autoAck: true }, [1]);
    },
  },
  {
    id: 'delayed-wait',
    text: 'a wait on a delayed queue is answered when the delay is over',
    check: async (context) => {
      const queue = await context.queueOf(1, { delayedProcessing: SHORT_S });
      const startedAtMs = performance.now();
      await context.expectPop(queue, { waitMs: 7_000, autoAck: true }, [1]);
      const tookMs = Math.round(performance.now() - startedAtMs);
      expectThat(tookMs > 1_000 && tookMs < 5_000, 'an answer after 1 to 5 s', `${tookMs} ms`);
    },
  },
  {
    id: 'window-buffer',
    text: 'windowBuffer holds a partition back while messages keep coming, then delivers all together',
    check: async (context) => {
      const queue = await context.queue({ windowBuffer: SHORT_S });
      for (const payload of [1, 2, 3]) {
        await context.store(queue, [{ payload }]);
        await context.expectPop(queue, { batch: 5, autoAck: true }, []);
        await context.sleep(300);
      }
      await context.sleep(SHORT_OVER_MS);
      await context.expectPop(queue, { batch: 5, autoAck: true }, [1, 2, 3]);
    },
  },
  {
    id: 'late-partition',
    text: 'a group that is caught up finds messages of a partition made later',
    check: async (context) => {
      const queue = await context.queueOf(1);
      const order = { consumerGroup: 'g', autoAck: true };
      expectSame('payloads', await context.drain(queue, order), [1]);
      await context.store(queue, numbered(2, 'later'));
      expectSame('payloads', await context.drain(queue, order), [1, 2]);
    },
  },
]);

async function beginsNow(context: CheckContext, subscription: object): Promise<void> {
  const queue = await context.queueOf(2);
  const order = { consumerGroup: 'late', batch: 5, ...subscription };
  await context.expectPop(queue, order, []);
  await context.store(queue, [{ payload: 3 }, { payload: 4 }]);
  await context.expectPop(queue, order, [3, 4]);
}
