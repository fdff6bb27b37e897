import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { checkAccounting } from '../checkers/accounting.ts';
import { checkAcks } from '../checkers/acks.ts';
import { Ledger } from '../history/ledger.ts';
import { type ConsumeOrder, consumeQueue } from '../load/consumers.ts';
import { payloadFormat } from '../load/payload.ts';
import { runConsumers } from '../load/run-consumers.ts';
import { evidence } from './checkers-evidence.ts';
import { type AckItem, type Reaction, startFakeQueueServer } from './fake-queue-server.ts';

const PARTITIONS = 6;
const PER_PARTITION = 40;
const MESSAGES = PARTITIONS * PER_PARTITION;
const PAYLOAD_BYTES = 80;

interface Stored {
  readonly transactionId: string;
  readonly data: unknown;
}

interface Partition {
  readonly name: string;
  /** Not yet acknowledged, in order. */
  pending: Stored[];
  leaseId: string | undefined;
}

/** A queue that leases a whole partition to one consumer at a time, as the contract has it. */
class LeasingQueue {
  readonly ledger = new Ledger('r1');
  readonly partitions: readonly Partition[];

  constructor() {
    const payload = payloadFormat('r1', PAYLOAD_BYTES);
    this.partitions = Array.from({ length: PARTITIONS }, (_, index) => ({
      name: `p${index}`,
      pending: [],
      leaseId: undefined,
    }));
    for (let request = 0; request < MESSAGES / 10; request += 1) {
      const partition = request % PARTITIONS;
      const opened = this.ledger.open({ producer: 0, partition, messages: 10, invokedUs: request });
      this.ledger.setOutcomes(opened, 'queued');
      for (let number = request * 10; number < request * 10 + 10; number += 1) {
        const message = { transactionId: `r1-${number}`, data: JSON.parse(payload.encode(number)) };
        this.partitions[partition]?.pending.push(message);
      }
    }
  }

  pop(path: string): Reaction {
    if (path !== '/api/v1/pop/queue/the%20queue?batch=7') return { status: 404 };
    const partition = this.partitions.find(({ pending, leaseId }) => pending.length > 0 && leaseId === undefined);
    if (partition === undefined) return { status: 204 };
    const { name } = partition;
    const leaseId = randomUUID();
    partition.leaseId = leaseId;
    const messages = partition.pending
      .slice(0, 7)
      .map((message) => ({ ...message, partition: name, partitionId: `id of ${name}`, leaseId }));
    return { body: { messages } };
  }

  ack(items: readonly AckItem[]): Reaction {
    const results = items.map(({ transactionId, partitionId, leaseId, status }) => {
      const partition = this.partitions.find(({ name }) => partitionId === `id of ${name}`);
      const isLive = partition !== undefined && partition.leaseId === leaseId && status === 'completed';
      if (!isLive) return { transactionId, status: 'error', error: 'invalid_lease' };
      partition.pending = partition.pending.filter((message) => message.transactionId !== transactionId);
      return { transactionId, status: 'completed' };
    });
    for (const partition of this.partitions) {
      if (items.some(({ leaseId }) => leaseId === partition.leaseId)) partition.leaseId = undefined;
    }
    return { body: { processed: results.length, results } };
  }
}

let queue: LeasingQueue;
beforeEach(() => {
  queue = new LeasingQueue();
});

interface Behaviour {
  readonly pop?: (path: string) => Reaction;
  readonly ack?: (items: readonly AckItem[]) => Reaction | Promise<Reaction>;
}

async function consume(behaviour: Behaviour = {}, order: Partial<ConsumeOrder> = {}) {
  await using server = await startFakeQueueServer({
    pop: behaviour.pop ?? ((path) => queue.pop(path)),
    ack: behaviour.ack ?? ((items) => queue.ack(items)),
  });
  return await consumeQueue(orderTo(server.baseUrl, order), () => undefined);
}

function orderTo(baseUrl: string, order: Partial<ConsumeOrder> = {}): ConsumeOrder {
  return {
    baseUrl,
    queue: 'the queue',
    ledger: queue.ledger,
    load: { partitions: PARTITIONS, payloadBytes: PAYLOAD_BYTES },
    drain: { consumers: 8, batch: 7 },
    deadlineMs: 10_000,
    ...order,
  };
}

/** The verdicts of the proof on what the consumers saw; the rows are as they should be. */
function judge({ deliveries, acks }: Awaited<ReturnType<typeof consume>>) {
  const all = evidence({
    ledger: queue.ledger,
    deliveries,
    acks,
    rows: {
      rows: MESSAGES,
      countByMessage: new Uint8Array(MESSAGES).fill(1),
      unexpected: { count: 0, examples: [] },
      idMismatches: { count: 0, examples: [] },
      distinctMessageIds: MESSAGES,
    },
  });
  return { accounting: checkAccounting(all), acks: checkAcks(all) };
}

test('consumers of an honest server receive and acknowledge all, once and in order, and are measured', async () => {
  const outcome = await consume();
  expect(outcome.deliveries).toMatchObject({ delivered: MESSAGES, complete: true });
  expect(outcome.acks).toMatchObject({ sent: MESSAGES, completed: MESSAGES });
  expect(outcome.measure.throughputMsgPerS).toBeGreaterThan(0);
  // Message 65 is the sixth of the second request to partition 0.
  expect([0, 9, 60, 65, 239].map((message) => outcome.deliveries.positionByMessage[message])).toEqual([
    1, 10, 11, 16, 40,
  ]);
  const { accounting, acks } = judge(outcome);
  expect([accounting.verdict, acks.verdict]).toEqual(['valid', 'valid']);
});

test('the outcome crosses from the process of the consumers whole; abort ends it at once', async () => {
  await using server = await startFakeQueueServer({
    pop: (path) => queue.pop(path),
    ack: (items) => queue.ack(items),
  });
  const never = new AbortController().signal;
  const outcome = await runConsumers(orderTo(server.baseUrl), () => undefined, never);
  expect(judge(outcome)).toMatchObject({ accounting: { verdict: 'valid' }, acks: { verdict: 'valid' } });
  const reason = new Error('told to stop');
  const aborted = runConsumers(orderTo(server.baseUrl), () => undefined, AbortSignal.abort(reason));
  await expect(aborted).rejects.toBe(reason);
});

describe('the end', () => {
  test('empty answers while another consumer holds the rest are not the end: nobody goes home', async () => {
    const hidden = queue.partitions.slice(1).map(({ pending }) => pending);
    for (const partition of queue.partitions.slice(1)) partition.pending = [];
    let acksUnderWay = 0;
    let mostAcks = 0;
    const slowly = async (items: readonly AckItem[]) => {
      acksUnderWay += 1;
      mostAcks = Math.max(mostAcks, acksUnderWay);
      // Long enough for the other seven to hear "empty" twice and more.
      await new Promise((resolve) => setTimeout(resolve, 100));
      acksUnderWay -= 1;
      for (const [index, pending] of hidden.splice(0).entries()) {
        Object.assign(queue.partitions[index + 1] ?? {}, { pending });
      }
      return queue.ack(items);
    };
    const { deliveries } = await consume({ ack: slowly });
    expect(deliveries).toMatchObject({ delivered: MESSAGES, complete: true });
    expect(mostAcks).toBeGreaterThan(1);
  });

  test('out of time: what came is kept, and the deliveries are not complete', async () => {
    const [stuck] = queue.partitions as [Partition];
    // A lease that nobody of ours holds ends only after the drain.
    const ack = (items: readonly AckItem[]) =>
      items[0]?.partitionId === `id of ${stuck.name}` ? ('never' as const) : queue.ack(items);
    const outcome = await consume({ ack }, { deadlineMs: 500 });
    expect(outcome.deliveries).toMatchObject({ complete: false, delivered: MESSAGES - PER_PARTITION + 7 });
    expect(judge(outcome).accounting.verdict).toBe('unknown');
  });

  test('a pop that fails, and an ack without an answer, leave nothing known', async () => {
    await expect(consume({ pop: () => ({ status: 500, body: { error: 'sorry' } }) })).rejects.toThrow('HTTP 500');
    await expect(consume({ ack: () => 'rst' })).rejects.toThrow('ECONNRESET');
  });
});

describe('a server that breaks its word is accused', () => {
  test('acks answered completed, and the messages delivered again', async () => {
    let forgotten = 0;
    const outcome = await consume({
      ack: (items) => {
        const before = queue.partitions.map(({ pending }) => pending);
        const reaction = queue.ack(items);
        // The first three acks are forgotten: the cursor stays where it was.
        if (forgotten < 3) {
          for (const [index, partition] of queue.partitions.entries()) partition.pending = before[index] ?? [];
        }
        forgotten += 1;
        return reaction;
      },
    });
    const { accounting, acks } = judge(outcome);
    expect(acks).toMatchObject({ verdict: 'invalid', counts: { redelivered: 21, refused: 0 } });
    expect(acks.witness[0]).toContain('came again after its ack was completed');
    expect(accounting).toMatchObject({ verdict: 'invalid', counts: { duplicated: 21, lost: 0 } });
  });

  test('an ack under a live lease that is refused', async () => {
    const outcome = await consume({
      ack: (items) => {
        queue.ack(items);
        const [first, ...others] = items.map(({ transactionId }) => ({ transactionId, status: 'completed' }));
        return { body: { results: [{ ...first, status: 'failed_dlq' }, ...others] } };
      },
    });
    const { accounting, acks } = judge(outcome);
    expect(acks.verdict).toBe('invalid');
    expect(acks.witness[0]).toContain('"status":"failed_dlq"');
    // Refused messages may be leased still: nobody can say that the queue is empty.
    expect([outcome.deliveries.complete, accounting.verdict]).toEqual([false, 'unknown']);
  });

  test('an ack that is answered with an error', async () => {
    const outcome = await consume({
      ack: (items) => {
        queue.ack(items);
        return { status: 500, body: { error: 'sorry' } };
      },
    });
    expect(judge(outcome).acks).toMatchObject({ verdict: 'invalid', counts: { completed: 0, refused: MESSAGES } });
  });

  test('a partition that two consumers hold at once', async () => {
    const unleased = (path: string) => {
      for (const partition of queue.partitions) partition.leaseId = undefined;
      return queue.pop(path);
    };
    const ack = (items: readonly AckItem[]) => {
      for (const { transactionId } of items) {
        for (const partition of queue.partitions) {
          partition.pending = partition.pending.filter((message) => message.transactionId !== transactionId);
        }
      }
      return { body: { results: items.map(({ transactionId }) => ({ transactionId, status: 'completed' })) } };
    };
    expect(judge(await consume({ pop: unleased, ack })).accounting).toMatchObject({ verdict: 'invalid' });
  });

  test('messages that are lost, altered, misrouted or unknown', async () => {
    const [first, second] = queue.partitions as [Partition, Partition];
    first.pending.shift();
    second.pending.unshift({ transactionId: 'r1-240', data: null });
    const [, moved] = second.pending.splice(1, 2);
    if (moved !== undefined) first.pending.unshift({ ...moved, data: 'altered' });
    const { accounting } = judge(await consume());
    expect(accounting.counts).toMatchObject({ lost: 2, unexpected: 1, altered: 1, misrouted: 1 });
  });
});
