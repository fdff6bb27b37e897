import { expectError, expectRefused, expectSame, expectStatus, expectThat, fieldsOf } from '../assertion.ts';
import { type Behaviour, inSection } from '../behaviour.ts';
import type { CheckContext } from '../check-context.ts';
import type { Reply } from '../http-client.ts';
import { SHORT_OVER_MS, SHORT_S } from '../short-time.ts';

const UNKNOWN_LEASE = '00000000-0000-7000-8000-000000000000';

/** Exclusive, limited in time, extended, lost. */
export const LEASE_BEHAVIOURS: readonly Behaviour[] = inSection('leases', [
  {
    id: 'lease-exclusive',
    text: 'while a partition is leased nobody else of the group gets messages of it',
    check: async (context) => {
      const queue = await context.queueOf(3);
      await context.take(queue, 1);
      await context.expectPop(queue, { batch: 5 }, []);
      await context.expectPop(queue, { batch: 5, partition: 'Default' }, []);
      await context.expectPop(queue, { batch: 5, autoAck: true }, []);
    },
  },
  {
    id: 'lease-one-of-many',
    text: 'of many consumers that ask at the same time one gets the lease',
    check: async (context) => {
      const queue = await context.queueOf(10);
      const replies = await Promise.all(Array.from({ length: 20 }, () => context.pop(queue, { batch: 2 })));
      expectSame('consumers with messages', replies.filter(({ length }) => length > 0).length, 1);
    },
  },
  {
    id: 'lease-other-group',
    text: 'a lease of one group does not keep another from the partition',
    check: async (context) => {
      const queue = await context.queueOf(1);
      await context.take(queue, 1, { consumerGroup: 'a' });
      await context.expectPop(queue, { consumerGroup: 'b' }, [1]);
    },
  },
  {
    id: 'lease-released',
    text: 'the last ack of a lease sets the partition free at once',
    check: async (context) => {
      const queue = await context.queueOf(3);
      const [first, second] = await context.take(queue, 2);
      await context.ack(first);
      await context.expectPop(queue, {}, []);
      await context.ack(second);
      await context.expectPop(queue, {}, [3]);
    },
  },
  {
    id: 'lease-expired',
    text: 'what a lease that ran out held is delivered again, in order, under another lease',
    check: async (context) => {
      const queue = await context.queueOf(2, { leaseTime: SHORT_S });
      const [first] = await context.take(queue, 2);
      await context.sleep(SHORT_OVER_MS);
      const [again] = await context.expectPop(queue, { batch: 2 }, [1, 2]);
      expectThat(again?.leaseId !== first?.leaseId, 'another leaseId', again);
    },
  },
  {
    id: 'lease-expired-wait',
    text: 'a waiting pop gets what a lease that ran out held',
    check: async (context) => {
      const queue = await context.queueOf(1, { leaseTime: SHORT_S });
      await context.take(queue, 1);
      await context.expectPop(queue, { waitMs: 8_000 }, [1]);
    },
  },
  {
    id: 'lease-extend',
    text: 'an extended lease lives on: the partition stays leased and its acks are accepted',
    check: async (context) => {
      const queue = await context.queueOf(1, { leaseTime: SHORT_S });
      const [message] = await context.take(queue, 1);
      const reply = await extend(context, message?.leaseId, { seconds: 60 });
      expectStatus(reply, 200);
      const { leaseId, extended, seconds } = fieldsOf(reply);
      expectSame('reply', [leaseId, extended, seconds], [message?.leaseId, true, 60], reply.request);
      await context.sleep(SHORT_OVER_MS);
      await context.expectPop(queue, {}, []);
      expectSame('status of the ack', await context.ack(message), 'completed');
    },
  },
  {
    id: 'lease-extend-default',
    text: 'an extension that names no time is one of 60 seconds',
    check: async (context) => {
      const [message] = await context.take(await context.queueOf(1), 1);
      const reply = await extend(context, message?.leaseId, {});
      expectStatus(reply, 200);
      expectSame('seconds', fieldsOf(reply).seconds, 60, reply.request);
    },
  },
  {
    id: 'lease-extend-never-shortens',
    text: 'an extension never shortens a lease',
    check: async (context) => {
      const queue = await context.queueOf(1, { leaseTime: 300 });
      const [message] = await context.take(queue, 1);
      expectStatus(await extend(context, message?.leaseId, { seconds: 1 }), 200);
      await context.sleep(SHORT_OVER_MS);
      await context.expectPop(queue, {}, []);
      expectSame('status of the ack', await context.ack(message), 'completed');
    },
  },
  {
    id: 'lease-extend-unknown',
    text: 'a lease that is unknown, or no UUID, is answered 404 Lease not found or expired',
    check: async (context) => {
      for (const lease of [UNKNOWN_LEASE, 'not-a-uuid']) {
        expectError(await extend(context, lease, { seconds: 10 }), 404, 'Lease not found or expired');
      }
    },
  },
  {
    id: 'lease-extend-expired',
    text: 'a lease that ran out cannot be extended',
    check: async (context) => {
      const [message] = await context.take(await context.queueOf(1, { leaseTime: SHORT_S }), 1);
      await context.sleep(SHORT_OVER_MS);
      expectError(await extend(context, message?.leaseId, { seconds: 10 }), 404, 'Lease not found or expired');
    },
  },
  {
    id: 'lease-extend-bad',
    text: 'an extension by something that is no number of seconds is refused and changes nothing',
    check: async (context) => {
      const [message] = await context.take(await context.queueOf(1), 1);
      for (const seconds of ['x', -5]) expectRefused(await extend(context, message?.leaseId, { seconds }));
      expectSame('status of the ack', await context.ack(message), 'completed');
    },
  },
]);

async function extend(context: CheckContext, leaseId: string | null | undefined, body: object): Promise<Reply> {
  return await context.post(`/api/v1/lease/${leaseId}/extend`, body);
}
