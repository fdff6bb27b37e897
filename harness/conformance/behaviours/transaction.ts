import { expectError, expectRefused, expectSame, expectStatus, expectThat, fieldsOf, shown } from '../assertion.ts';
import { type Behaviour, inSection } from '../behaviour.ts';
import { ackBody, type CheckContext } from '../check-context.ts';
import type { Reply } from '../http-client.ts';
import { SHORT_OVER_MS, SHORT_S } from '../short-time.ts';
import type { Message } from '../wire-reply.ts';

const PATH = '/api/v1/transaction';
const NO_PARTITION = 'partitionId is required for ack operations to ensure message uniqueness';

/** Bodies that are no transaction, with the contract's texts. */
const REFUSED: readonly (readonly [body: object, text: string])[] = [
  [{}, 'operations array required'],
  [{ operations: 'x' }, 'operations array required'],
  [{ operations: [] }, 'operations array cannot be empty'],
  [{ operations: [{}] }, 'operation type required'],
  [{ operations: [{ type: 'zap' }] }, 'Unknown operation type: zap'],
  [{ operations: [{ type: 'ack', transactionId: 'x' }] }, NO_PARTITION],
];

/** `POST /api/v1/transaction`: all or nothing. */
export const TRANSACTION_BEHAVIOURS: readonly Behaviour[] = inSection('transaction', [
  {
    id: 'transaction-push-and-ack',
    text: 'a push and an ack take effect together',
    check: async (context) => {
      const [from, to] = [await context.queueOf(1), await context.queue()];
      const [message] = await context.take(from, 1);
      expectSuccess(await transact(context, [ack(message), push(to, 'next', 't1')]), 2);
      await context.expectPop(to, {}, ['next']);
      await context.expectPop(from, {}, []);
    },
  },
  {
    id: 'transaction-bad-ack',
    text: 'an ack that cannot be made undoes the push before it and the one after it',
    check: async (context) => {
      const [from, to] = [await context.queueOf(1), await context.queue()];
      const [message] = await context.take(from, 1);
      const unknown = { ...ack(message), transactionId: 'unknown' };
      expectFailure(await transact(context, [push(to, 'before'), unknown, push(to, 'after')]));
      await context.expectPop(to, { batch: 5 }, []);
    },
  },
  {
    id: 'transaction-bad-push',
    text: 'a push that cannot be made undoes the ack before it',
    check: async (context) => {
      const [from, to] = [await context.queueOf(1), await context.queue()];
      const [message] = await context.take(from, 1);
      const bad = { type: 'push', items: [{ queue: to, transactionId: 'x'.repeat(300), payload: 1 }] };
      expectFailure(await transact(context, [ack(message), bad]));
      expectSame('status of the ack made again', await context.ack(message, { status: 'failed' }), 'failed_retry');
      await context.expectPop(from, { waitMs: 2_000 }, [1]);
    },
  },
  {
    id: 'transaction-missing-queue',
    text: 'a push to a queue that does not exist never reports success for a message that is nowhere',
    check: async (context) => {
      const [to, absent] = [await context.queue(), context.queueName()];
      const reply = await transact(context, [push(to, 'here'), push(absent, 'there')]);
      // Later versions of the original make the queue here; earlier ones lose the message behind a success.
      const succeeded = fieldsOf(reply).success === true;
      if (!succeeded) expectRefused(reply);
      await context.expectPop(absent, {}, succeeded ? ['there'] : []);
      await context.expectPop(to, {}, succeeded ? ['here'] : []);
    },
  },
  {
    id: 'transaction-lost-lease',
    text: 'an ack under a lease that ran out undoes the transaction',
    check: async (context) => {
      const [from, to] = [await context.queueOf(1, { leaseTime: SHORT_S }), await context.queue()];
      const [message] = await context.take(from, 1);
      await context.sleep(SHORT_OVER_MS);
      expectFailure(await transact(context, [push(to, 'next'), ack(message)]));
      await context.expectPop(to, {}, []);
      await context.expectPop(from, {}, [1]);
    },
  },
  {
    id: 'transaction-ids',
    text: 'the transaction id of an item is stored: pushed again, it is a duplicate',
    check: async (context) => {
      const queue = await context.queue();
      expectSuccess(await transact(context, [push(queue, 'first', 'same-id')]), 1);
      const [result] = await context.push(queue, [{ transactionId: 'same-id', payload: 'second' }]);
      expectSame('status', result?.status, 'duplicate');
      const [message] = await context.expectPop(queue, { batch: 5 }, ['first']);
      expectSame('transactionId', message?.transactionId, 'same-id');
    },
  },
  {
    id: 'transaction-group',
    text: 'the ack of a consumer group settles nothing in queue mode',
    check: async (context) => {
      const queue = await context.queueOf(1);
      const [message] = await context.take(queue, 1, { consumerGroup: 'g' });
      expectSuccess(await transact(context, [{ ...ack(message), consumerGroup: 'g' }]), 1);
      await context.expectPop(queue, { consumerGroup: 'g' }, []);
      await context.expectPop(queue, {}, [1]);
    },
  },
  {
    id: 'transaction-wakes',
    text: 'its pushes wake waiting pops',
    check: async (context) => {
      const queue = await context.queue();
      const waiting = context.pop(queue, { waitMs: 4_000 });
      waiting.catch(() => undefined);
      await context.sleep(300);
      expectSuccess(await transact(context, [push(queue, 'late')]), 1);
      const madeAtMs = performance.now();
      expectSame(
        'payloads',
        (await waiting).map(({ data }) => data),
        ['late'],
      );
      const tookMs = Math.round(performance.now() - madeAtMs);
      expectThat(tookMs < 1_000, 'woken within 1000 ms', `${tookMs} ms`);
    },
  },
  {
    id: 'transaction-refused',
    text: 'a body that is no transaction is answered 400 with the reason',
    check: async (context) => {
      for (const [body, text] of REFUSED) expectError(await context.post(PATH, body), 400, text);
    },
  },
  {
    id: 'transaction-refused-whole',
    text: 'an operation of the wrong shape refuses the request before any of it takes effect',
    check: async (context) => {
      const queue = await context.queue();
      expectRefused(await transact(context, [push(queue, 'before'), { type: 'zap' }]));
      await context.expectPop(queue, {}, []);
    },
  },
]);

async function transact(context: CheckContext, operations: readonly object[]): Promise<Reply> {
  return await context.post(PATH, { operations });
}

function push(queue: string, payload: unknown, transactionId?: string): object {
  return { type: 'push', items: [{ queue, payload, ...(transactionId !== undefined && { transactionId }) }] };
}

function ack(message: Message | undefined): object {
  return { type: 'ack', ...ackBody(message) };
}

function expectSuccess(reply: Reply, operations: number): void {
  expectStatus(reply, 200);
  const { success, results } = fieldsOf(reply);
  const whole = success === true && Array.isArray(results) && results.length === operations;
  expectThat(whole, `{"success": true, "results": [${operations} results]}`, shown(reply), reply.request);
}

function expectFailure(reply: Reply): void {
  expectRefused(reply);
  expectThat(fieldsOf(reply).success !== true, 'no success', shown(reply), reply.request);
}
