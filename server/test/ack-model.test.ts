import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ackBatch, ackOf, pop, type WireMessage } from './consumer.ts';
import { useTestDatabase } from './test-database.ts';
import { TestServer } from './test-server.ts';

// Random sequences of pushes, pops, acks of any lease and order, expiries: against a model that keeps one state a message.

const database = useTestDatabase('end');
const RETRY_LIMIT = 2;
let server: TestServer;
let queues = 0;

beforeAll(async () => {
  server = await TestServer.start(database);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

type MessageState = 'open' | 'completed' | 'dead';

interface ModelLease {
  readonly messages: readonly WireMessage[];
  /** Messages failed under this lease. */
  readonly failed: Set<string>;
}

/** What the contract says of one group's view of one partition. */
class Model {
  readonly #order: string[] = [];
  readonly #states = new Map<string, MessageState>();
  readonly #retries = new Map<string, number>();
  #lease: ModelLease | undefined;
  #live = false;

  push(id: string): void {
    this.#order.push(id);
    this.#states.set(id, 'open');
  }

  get live(): boolean {
    return this.#live;
  }

  expectedPop(batch: number): readonly { readonly transactionId: string; readonly retryCount: number }[] {
    if (this.#live) return [];
    return this.#order
      .filter((id) => this.#states.get(id) === 'open')
      .slice(0, batch)
      .map((transactionId) => ({ transactionId, retryCount: this.#retries.get(transactionId) ?? 0 }));
  }

  lease(messages: readonly WireMessage[]): void {
    if (messages.length === 0) return;
    this.#lease = { messages, failed: new Set() };
    this.#live = true;
  }

  expire(): void {
    if (!this.#live) return;
    this.#live = false;
    for (const { transactionId } of this.#lease?.messages ?? []) {
      if (this.#isUnsettled(transactionId)) this.#fail(transactionId);
    }
  }

  /** The word an ack of this message, delivered under this lease, must be answered with. */
  ack({ transactionId, leaseId }: WireMessage, failed: boolean): string {
    const lease = this.#lease;
    if (lease === undefined || lease.messages[0]?.leaseId !== leaseId) return 'invalid_lease';
    const state = this.#states.get(transactionId);
    if (state === 'completed') return 'completed';
    if (state === 'dead') return 'failed_dlq';
    if (lease.failed.has(transactionId)) return 'failed_retry';
    if (!this.#live) return 'invalid_lease';
    const word = failed ? this.#fail(transactionId) : 'completed';
    if (!failed) this.#states.set(transactionId, 'completed');
    this.#live = lease.messages.some((message) => this.#isUnsettled(message.transactionId));
    return word;
  }

  dead(): readonly string[] {
    return this.#order.filter((id) => this.#states.get(id) === 'dead');
  }

  open(): readonly string[] {
    return this.#order.filter((id) => this.#states.get(id) === 'open');
  }

  #isUnsettled(id: string): boolean {
    return this.#states.get(id) === 'open' && !this.#lease?.failed.has(id);
  }

  #fail(id: string): string {
    const retries = this.#retries.get(id) ?? 0;
    if (retries >= RETRY_LIMIT) {
      this.#states.set(id, 'dead');
      return 'failed_dlq';
    }
    this.#retries.set(id, retries + 1);
    this.#lease?.failed.add(id);
    return 'failed_retry';
  }
}

const action = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('push' as const), count: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('pop' as const), batch: fc.integer({ min: 1, max: 6 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('expire' as const) }) },
  {
    weight: 3,
    // A whole delivery, the last or an old one. In the order of delivery the server completes it at once, in any other it
    // judges message by message; the answers must be the same.
    arbitrary: fc.record({ kind: fc.constant('ackAll' as const), back: fc.nat(1), reversed: fc.boolean() }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('ack' as const),
      // How far back in the deliveries, and how it went. Mostly of the last lease, sometimes of an old one.
      picks: fc.array(fc.tuple(fc.nat(9), fc.boolean(), fc.boolean()), { minLength: 1, maxLength: 6 }),
    }),
  },
);

test('any sequence: nothing acked is delivered again, nothing open is skipped, every answer is the one that stands', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 5, maxLength: 40 }), async (actions) => {
      queues += 1;
      const queue = `model${queues}`;
      await server.configure(queue, { retryLimit: RETRY_LIMIT });
      const model = new Model();
      const delivered: WireMessage[] = [];
      const deliveries: (readonly WireMessage[])[] = [];
      let pushed = 0;
      const push = async (count: number): Promise<void> => {
        const items = Array.from({ length: count }, () => ({ queue, payload: null, transactionId: `${++pushed}` }));
        // Every second push repeats a message, which uses up a number.
        await server.push(
          '/api/v1/push',
          pushed % 2 === 0 ? [...items, { queue, payload: null, transactionId: '1' }] : items,
        );
        for (const { transactionId } of items) model.push(transactionId);
      };
      const popOnce = async (batch: number): Promise<void> => {
        const messages = await pop(server, queue, { batch });
        expect(messages.map(({ transactionId, retryCount }) => ({ transactionId, retryCount }))).toEqual(
          model.expectedPop(batch),
        );
        model.lease(messages);
        delivered.unshift(...messages.toReversed());
        if (messages.length > 0) deliveries.unshift(messages);
      };
      await push(3);
      for (const step of actions) {
        if (step.kind === 'push') await push(step.count);
        else if (step.kind === 'pop') await popOnce(step.batch);
        else if (step.kind === 'expire') {
          if (!model.live) continue;
          await expireLease(queue);
          // Retries are counted when the next pop finds it; the model counts them now, so that pop follows at once.
          model.expire();
          await popOnce(1);
        } else if (step.kind === 'ackAll') {
          const messages = deliveries[step.back] ?? [];
          const inOrder = step.reversed ? messages.toReversed() : messages;
          const words = await ackBatch(
            server,
            inOrder.map((message) => ackOf(message)),
          );
          expect(words).toEqual(inOrder.map((message) => model.ack(message, false)));
        } else {
          const acks = step.picks.flatMap(([back, old, failed]) => {
            const message = delivered[old ? back * 3 : back];
            return message === undefined ? [] : [{ message, failed }];
          });
          const words = await ackBatch(
            server,
            acks.map(({ message, failed }) => ackOf(message, failed ? 'failed' : 'completed')),
          );
          expect(words).toEqual(acks.map(({ message, failed }) => model.ack(message, failed)));
        }
      }
      if (model.live) {
        await expireLease(queue);
        model.expire();
      }
      const rest = await server.drain(queue);
      expect(rest.map(({ transactionId }) => transactionId)).toEqual(model.open());
      const { rows } = await database.admin.query(
        `select d.transaction_id as id from queen.dead_letters d join queen.partitions p on p.id = d.partition_id
         join queen.queues q on q.id = p.queue_id where q.name = $1 order by d.seq`,
        [queue],
      );
      expect(rows.map(({ id }) => id)).toEqual(model.dead());
    }),
    { numRuns: 60 },
  );
});

async function expireLease(queue: string): Promise<void> {
  await database.admin.query(
    `update queen.partition_consumers c set lease_expires_at = clock_timestamp() - interval '1 ms'
     from queen.partitions p join queen.queues q on q.id = p.queue_id
     where c.partition_id = p.id and q.name = $1 and c.lease_expires_at is not null`,
    [queue],
  );
}
