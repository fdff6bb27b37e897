import { expectError, expectSame, expectThat, fieldsOf } from '../assertion.ts';
import { type Behaviour, inSection } from '../behaviour.ts';
import { ackBody, numbered } from '../check-context.ts';
import { SHORT_OVER_MS, SHORT_S } from '../short-time.ts';
import { type AckResult, ackResults } from '../wire-reply.ts';

const PATH = '/api/v1/ack/batch';

/** `POST /api/v1/ack/batch`. */
export const ACK_BATCH_BEHAVIOURS: readonly Behaviour[] = inSection('ack', [
  {
    id: 'batch-settles',
    text: 'a batch settles all its messages and frees the partition',
    check: async (context) => {
      const queue = await context.queueOf(4);
      const reply = await context.ackBatchReply(await context.take(queue, 3));
      expectSame('words', wordsOf(ackResults(reply, 3)), ['completed', 'completed', 'completed']);
      expectSame('processed', fieldsOf(reply).processed, 3, reply.request);
      await context.expectPop(queue, {}, [4]);
    },
  },
  {
    id: 'batch-order',
    text: 'results stand in input order, completed, failed and refused mixed',
    check: async (context) => {
      const queue = await context.queueOf(4);
      const messages = await context.take(queue, 4);
      const acknowledgments = [3, 0, 2, 1].map((index) =>
        ackBody(messages[index], { status: index % 2 === 0 ? 'completed' : 'failed' }),
      );
      acknowledgments.splice(2, 0, { ...acknowledgments[0], transactionId: 'unknown' });
      const results = ackResults(await context.post(PATH, { acknowledgments }), 5);
      const ids = results.map(({ transactionId }) => transactionId);
      expectSame('transaction ids', ids, ['m4', 'm1', 'unknown', 'm3', 'm2']);
      expectSame('words', wordsOf(results), ['failed_retry', 'completed', 'error', 'completed', 'failed_retry']);
    },
  },
  {
    id: 'batch-empty',
    text: 'an empty batch is answered: processed 0',
    check: async (context) => {
      const reply = await context.post(PATH, { acknowledgments: [] });
      ackResults(reply, 0);
      expectSame('processed', fieldsOf(reply).processed, 0, reply.request);
    },
  },
  {
    id: 'batch-partitions',
    text: 'a batch covers messages of several partitions and leases',
    check: async (context) => {
      const queue = await context.queue();
      for (const partition of ['a', 'b', 'c']) await context.store(queue, numbered(2, partition));
      const messages = [];
      for (const partition of ['a', 'b', 'c']) messages.push(...(await context.take(queue, 2, { partition })));
      expectSame('words', wordsOf(await context.ackBatch(messages)), Array(6).fill('completed'));
      await context.store(queue, numbered(3, 'a').slice(2));
      expectSame('left', await context.drain(queue), [3]);
    },
  },
  {
    id: 'batch-group',
    text: 'consumerGroup of the body holds for its items',
    check: async (context) => {
      const queue = await context.queueOf(2);
      const messages = await context.take(queue, 2, { consumerGroup: 'g' });
      const results = await context.ackBatch(messages, { consumerGroup: 'g' });
      expectSame('words', wordsOf(results), ['completed', 'completed']);
      expectSame('left for the group', await context.drain(queue, { consumerGroup: 'g' }), []);
      expectSame('left in queue mode', await context.drain(queue), [1, 2]);
    },
  },
  {
    id: 'batch-partial',
    text: 'a batch of some messages settles these only; the rest comes again',
    check: async (context) => {
      const queue = await context.queueOf(4, { leaseTime: SHORT_S });
      const messages = await context.take(queue, 4);
      await context.ackBatch(messages.filter((_, index) => index !== 0 && index !== 2));
      await context.sleep(SHORT_OVER_MS);
      expectSame('payloads', await context.drain(queue), [1, 3]);
    },
  },
  {
    id: 'batch-expired',
    text: 'a batch under a lease that went to another consumer is refused, and the other is not disturbed',
    check: async (context) => {
      const queue = await context.queueOf(2, { leaseTime: SHORT_S });
      const first = await context.take(queue, 2);
      await context.sleep(SHORT_OVER_MS);
      const second = await context.take(queue, 2);
      expectSame('words', wordsOf(await context.ackBatch(first)), ['error', 'error']);
      expectSame('words of the holder', wordsOf(await context.ackBatch(second)), ['completed', 'completed']);
    },
  },
  {
    id: 'batch-unknown',
    text: 'ids that do not exist are answered error, and their neighbours are settled',
    check: async (context) => {
      const queue = await context.queueOf(2);
      const messages = await context.take(queue, 2);
      const unknown = { ...ackBody(messages[0]), transactionId: 'unknown' };
      const acknowledgments = [ackBody(messages[0]), unknown, ackBody(messages[1])];
      const results = ackResults(await context.post(PATH, { acknowledgments }), 3);
      expectSame('words', wordsOf(results), ['completed', 'error', 'completed']);
      expectThat(/not_found|invalid_lease/.test(String(results[1]?.error)), 'error not_found', results[1]);
    },
  },
  {
    id: 'batch-twice',
    text: 'one message twice in a batch is settled once and both items are answered',
    check: async (context) => {
      const queue = await context.queueOf(3);
      const [first, second] = await context.take(queue, 2);
      ackResults(await context.ackBatchReply([first, first]), 2);
      await context.expectPop(queue, {}, []);
      expectSame('status', await context.ack(second), 'completed');
      await context.expectPop(queue, {}, [3]);
    },
  },
  {
    id: 'batch-all-failed',
    text: 'a batch that failed as a whole is delivered again as a whole, in order',
    check: async (context) => {
      const queue = await context.queueOf(3);
      const results = await context.ackBatch(await context.take(queue, 3), { status: 'failed' });
      expectSame('words', wordsOf(results), Array(3).fill('failed_retry'));
      await context.expectPop(queue, { batch: 3, waitMs: 3_000 }, [1, 2, 3]);
    },
  },
  {
    id: 'batch-large',
    text: 'a batch of 1,000 acks is answered one result each',
    check: async (context) => {
      const queue = await context.queueOf(1_000);
      const results = await context.ackBatch(await context.take(queue, 1_000));
      expectSame('completed', results.filter(({ status }) => status === 'completed').length, 1_000);
      await context.expectPop(queue, {}, []);
    },
  },
  {
    id: 'batch-refused',
    text: 'a batch of the wrong shape is answered 400 with the reason',
    check: async (context) => {
      const each = 'Each acknowledgment must have a valid';
      expectError(await context.post(PATH, {}), 400, 'acknowledgments array is required');
      const noId = { acknowledgments: [{ partitionId: 'p' }] };
      expectError(await context.post(PATH, noId), 400, `${each} transactionId string`);
      const noPartition = { acknowledgments: [{ transactionId: 't' }] };
      expectError(
        await context.post(PATH, noPartition),
        400,
        `${each} partitionId string to ensure message uniqueness`,
      );
    },
  },
  {
    id: 'batch-status',
    text: 'a batch in which items are refused is still answered 200',
    check: async (context) => {
      const unknown = { transactionId: 'x', partitionId: '00000000-0000-7000-8000-000000000000' };
      const [result] = ackResults(await context.post(PATH, { acknowledgments: [unknown] }), 1);
      expectSame('status', result?.status, 'error');
    },
  },
]);

function wordsOf(results: readonly AckResult[]): readonly unknown[] {
  return results.map(({ status }) => status);
}
