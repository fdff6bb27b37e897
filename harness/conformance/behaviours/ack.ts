import { expectError, expectRefused, expectSame, expectStatus, expectThat, fieldsOf } from '../assertion.ts';
import { type Behaviour, inSection } from '../behaviour.ts';
import type { CheckContext } from '../check-context.ts';
import { SHORT_OVER_MS, SHORT_S } from '../short-time.ts';

const UNKNOWN_ID = '00000000-0000-7000-8000-000000000000';

/** `POST /api/v1/ack`. */
export const ACK_BEHAVIOURS: readonly Behaviour[] = inSection('ack', [
  {
    id: 'ack-completed',
    text: 'an ack is answered with transactionId, status, consumerGroup and acknowledgedAt',
    check: async (context) => {
      const queue = await context.queueOf(1);
      const [message] = await context.take(queue, 1, { consumerGroup: 'g' });
      const reply = await context.ackReply(message, { consumerGroup: 'g' });
      expectStatus(reply, 200);
      const { transactionId, status, consumerGroup, acknowledgedAt } = fieldsOf(reply);
      expectSame('reply', [transactionId, status, consumerGroup], ['m1', 'completed', 'g'], reply.request);
      const isTime = typeof acknowledgedAt === 'string' && !Number.isNaN(Date.parse(acknowledgedAt));
      expectThat(isTime, 'acknowledgedAt as a time', acknowledgedAt, reply.request);
    },
  },
  {
    id: 'ack-default',
    text: 'an ack without a status word completes, and consumerGroup is null in queue mode',
    check: async (context) => {
      const queue = await context.queueOf(1);
      const [message] = await context.take(queue, 1);
      const { transactionId, partitionId, leaseId } = message ?? {};
      const reply = await context.post('/api/v1/ack', { transactionId, partitionId, leaseId });
      expectStatus(reply, 200);
      const { status, consumerGroup } = fieldsOf(reply);
      expectSame('reply', [status, consumerGroup], ['completed', null], reply.request);
    },
  },
  {
    id: 'ack-settles',
    text: 'what was completed is never delivered again',
    check: async (context) => {
      const queue = await context.queueOf(3);
      for (const payload of [1, 2, 3]) {
        const [message] = await context.expectPop(queue, {}, [payload]);
        await context.ack(message);
      }
      await context.expectPop(queue, {}, []);
    },
  },
  {
    id: 'ack-other-group',
    text: 'an ack of one group settles nothing for another',
    check: async (context) => {
      const queue = await context.queueOf(1);
      const [message] = await context.take(queue, 1, { consumerGroup: 'a' });
      await context.ack(message, { consumerGroup: 'a' });
      await context.expectPop(queue, { consumerGroup: 'b' }, [1]);
      await context.expectPop(queue, {}, [1]);
    },
  },
  {
    id: 'ack-needs-lease',
    text: 'an ack for a group that does not hold the lease is refused, and the message stays',
    check: async (context) => {
      const queue = await context.queueOf(1);
      const [message] = await context.take(queue, 1, { consumerGroup: 'a' });
      const reply = await context.ackReply(message, { leaseId: null });
      expectError(reply, 500, 'Failed to acknowledge message: ');
      await context.expectPop(queue, {}, [1]);
    },
  },
  {
    id: 'ack-expired',
    text: 'an ack under a lease that ran out is refused, and the message is delivered again',
    check: async (context) => {
      const queue = await context.queueOf(1, { leaseTime: SHORT_S });
      const [message] = await context.take(queue, 1);
      await context.sleep(SHORT_OVER_MS);
      expectError(await context.ackReply(message), 500, 'Failed to acknowledge message: ');
      await context.expectPop(queue, {}, [1]);
    },
  },
  {
    id: 'ack-lost-lease',
    text: 'a consumer whose lease went to another cannot settle what the other holds',
    check: async (context) => {
      const queue = await context.queueOf(1, { leaseTime: SHORT_S });
      const [first] = await context.take(queue, 1);
      await context.sleep(SHORT_OVER_MS);
      const [second] = await context.take(queue, 1);
      expectRefused(await context.ackReply(first));
      expectSame('status of the ack of the holder', await context.ack(second), 'completed');
    },
  },
  {
    id: 'ack-foreign-lease',
    text: "an ack with the lease of another queue's partition is refused",
    check: async (context) => {
      const [message] = await context.take(await context.queueOf(1), 1);
      const [other] = await context.take(await context.queueOf(1), 1);
      expectError(await context.ackReply(message, { leaseId: other?.leaseId ?? '' }), 500);
      expectSame('status with its own lease', await context.ack(message), 'completed');
    },
  },
  {
    id: 'ack-out-of-order',
    text: 'acks in any order settle exactly their own messages: nothing comes again, nothing is skipped',
    check: async (context) => {
      const queue = await context.queueOf(5);
      const messages = await context.take(queue, 5);
      for (const index of [4, 0, 1, 2, 3]) {
        expectSame(`status of message ${index + 1}`, await context.ack(messages[index]), 'completed');
      }
      await context.expectPop(queue, {}, []);
    },
  },
  {
    id: 'ack-partial',
    text: 'after some acks of a lease that ran out the rest is delivered again, in order',
    check: async (context) => {
      const queue = await context.queueOf(5, { leaseTime: SHORT_S });
      const messages = await context.take(queue, 5);
      for (const index of [3, 1]) await context.ack(messages[index]);
      await context.sleep(SHORT_OVER_MS);
      expectSame('payloads', await context.drain(queue), [1, 3, 5]);
    },
  },
  {
    id: 'ack-repeated',
    text: 'an ack sent again and again releases nothing twice',
    check: async (context) => {
      const queue = await context.queueOf(4);
      const messages = await context.take(queue, 3);
      for (let times = 0; times < 4; times += 1) await context.ackReply(messages[0]);
      await context.expectPop(queue, {}, []);
      for (const index of [1, 2]) expectSame('status', await context.ack(messages[index]), 'completed');
      await context.expectPop(queue, {}, [4]);
    },
  },
  {
    id: 'ack-unknown',
    text: 'an ack of a message that does not exist is answered 500 not_found',
    check: async (context) => {
      const [message] = await context.take(await context.queueOf(1), 1);
      const { partitionId, leaseId } = message ?? {};
      for (const id of [partitionId, UNKNOWN_ID, 'no-uuid']) {
        const reply = await context.post('/api/v1/ack', { transactionId: 'unknown', partitionId: id, leaseId });
        expectError(reply, 500, /^Failed to acknowledge message: (not_found|invalid_lease)$/);
      }
    },
  },
  {
    id: 'ack-unknown-word',
    text: 'a status word that is none is refused, and the message stays leased',
    check: async (context) => {
      const [message] = await context.take(await context.queueOf(1), 1);
      expectRefused(await context.ackReply(message, { status: 'perhaps' }));
      expectSame('status of the next ack', await context.ack(message), 'completed');
    },
  },
  {
    id: 'ack-refused',
    text: 'an ack without transactionId or partitionId is answered 400 with the reason',
    check: async (context) => {
      expectError(await context.post('/api/v1/ack', { partitionId: UNKNOWN_ID }), 400, 'transactionId is required');
      const text = 'partitionId is required to ensure message uniqueness';
      expectError(await context.post('/api/v1/ack', { transactionId: 'x' }), 400, text);
    },
  },
  {
    id: 'failed-again',
    text: 'a failed message is delivered again, before what comes after it',
    check: async (context) => {
      const queue = await context.queueOf(3);
      const [first, second] = await context.take(queue, 2);
      await context.ack(first);
      expectSame('status', await context.ack(second, { status: 'failed', error: 'boom' }), 'failed_retry');
      await context.expectPop(queue, { waitMs: 3_000, batch: 5 }, [2, 3]);
    },
  },
  {
    id: 'failed-retry-limit',
    text: 'a message that keeps failing is delivered retryLimit times more, then it is a dead letter',
    check: async (context) => {
      const queue = await context.queueOf(2, { retryLimit: 2 });
      const words = await failUntilDead(context, queue, 6);
      expectSame('status words', words, ['failed_retry', 'failed_retry', 'failed_dlq']);
      await context.expectPop(queue, { waitMs: 2_000 }, [2]);
    },
  },
  {
    id: 'failed-no-retry',
    text: 'with retryLimit 0 the first failure makes a dead letter',
    check: async (context) => {
      const queue = await context.queueOf(1, { retryLimit: 0 });
      expectSame('status words', await failUntilDead(context, queue, 3), ['failed_dlq']);
    },
  },
  {
    id: 'crashing-consumer',
    text: 'a message whose consumers crash each time ends among the dead letters and blocks nobody',
    check: async (context) => {
      const queue = await context.queueOf(2, { leaseTime: SHORT_S, retryLimit: 1 });
      for (let delivery = 0; delivery < 2; delivery += 1) {
        await context.take(queue, 1, { waitMs: 6_000 });
        await context.sleep(SHORT_OVER_MS);
      }
      await context.expectPop(queue, { waitMs: 6_000 }, [2]);
    },
  },
]);

/** Fails the first message of a queue until it is a dead letter; the status words of the answers. */
async function failUntilDead(context: CheckContext, queue: string, limit: number): Promise<readonly unknown[]> {
  const words: unknown[] = [];
  while (words.at(-1) !== 'failed_dlq' && words.length < limit) {
    const [message] = await context.pop(queue, { waitMs: 3_000 });
    expectSame('payload', message?.data, 1);
    words.push(await context.ack(message, { status: 'failed', error: `failure ${words.length + 1}` }));
  }
  return words;
}
