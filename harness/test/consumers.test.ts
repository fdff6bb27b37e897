import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { checkAccounting } from '../checkers/accounting.ts';
import { checkAcks } from '../checkers/acks.ts';
import { checkRedelivery } from '../checkers/redelivery.ts';
import type { Consumption } from '../history/evidence.ts';
import { Ledger } from '../history/ledger.ts';
import { SETTLE_OUTCOME_CODE, SETTLEMENT_CODE } from '../history/settlement.ts';
import { type ConsumersOrder, consumeQueue } from '../load/consumers.ts';
import { payloadFormat } from '../load/payload.ts';
import { startConsumers } from '../load/start-consumers.ts';
import type { ArmConsumers } from '../scenario/consumers-group.ts';
import { evidence } from './checkers-evidence.ts';
import { type AckItem, type Reaction, startFakeQueueServer } from './fake-queue-server.ts';
import { LeasingQueue } from './leasing-queue.ts';

const PARTITIONS = 6;
const PER_PARTITION = 40;
const MESSAGES = PARTITIONS * PER_PARTITION;
const PAYLOAD_BYTES = 80;
/** Longer than this machine ever stands still: no lease runs out against a consumer's will. */
const LONG_LEASE_MS = 10_000;
/** For tests that wait for the end of leases, and do not mind when one runs out. */
const SHORT_LEASE_MS = 400;

const payload = payloadFormat('r1', PAYLOAD_BYTES);
let queue: LeasingQueue;
let ledger: Ledger;

beforeEach(() => {
  queue = new LeasingQueue(PARTITIONS, LONG_LEASE_MS);
  ledger = new Ledger('r1');
});

/** Ten messages to the next partition, as a producer would. */
function push(): void {
  const partition = ledger.requests % PARTITIONS;
  const request = ledger.open({ producer: 0, partition, messages: 10, invokedUs: ledger.requests });
  ledger.setOutcomes(request, 'queued');
  for (let number = request * 10; number < request * 10 + 10; number += 1) {
    queue.store(partition, { transactionId: `r1-${number}`, data: JSON.parse(payload.encode(number)) });
  }
}

function leaseShortly(): void {
  queue = new LeasingQueue(PARTITIONS, SHORT_LEASE_MS);
}

function pushAll(): void {
  while (ledger.messages < MESSAGES) push();
}

interface Behaviour {
  readonly pop?: (path: string) => Reaction | Promise<Reaction>;
  readonly ack?: (items: readonly AckItem[]) => Reaction | Promise<Reaction>;
  /** What happens until the consumers are told to drain. */
  readonly load?: () => Promise<void>;
  readonly deadlineMs?: number;
}

type OrderChange = Partial<Omit<ConsumersOrder, 'consumers'>> & { readonly consumers?: Partial<ArmConsumers> };

function orderTo(baseUrl: string, { consumers, ...order }: OrderChange = {}): ConsumersOrder {
  return {
    baseUrl,
    runId: 'r1',
    queue: 'the queue',
    payloadBytes: PAYLOAD_BYTES,
    leaseMs: queue.leaseMs,
    seed: 7,
    ...order,
    consumers: {
      ...{ count: 8, groups: [''], batch: 7, wait: false, thinkMs: 0, nack: 0, expire: 0, crash: 0 },
      ...consumers,
    },
  };
}

/** Lets consumers loose on a queue; without a `load` they find all messages there and drain at once. */
async function consume(behaviour: Behaviour = {}, order: OrderChange = {}) {
  await using server = await startFakeQueueServer({
    pop: behaviour.pop ?? ((path) => queue.pop(path)),
    ack: behaviour.ack ?? ((items) => queue.ack(items)),
  });
  const drain = Promise.withResolvers<number>();
  return await consumeQueue(orderTo(server.baseUrl, order), {
    onProgress: () => undefined,
    onReady: async () => {
      await behaviour.load?.();
      drain.resolve(behaviour.deadlineMs ?? 10_000);
    },
    drain: drain.promise,
  });
}

/** The verdicts of the proof on what the consumers of one group saw; the rows are as they should be. */
function judge({ consumption }: { readonly consumption: Consumption }) {
  const all = evidence({
    ledger,
    consumption,
    promises: { partitions: PARTITIONS, leaseMs: queue.leaseMs, retryLimit: 100, encrypted: false, faults: [] },
    rows: {
      rows: MESSAGES,
      countByMessage: new Uint8Array(MESSAGES).fill(1),
      unexpected: { count: 0, examples: [] },
      idMismatches: { count: 0, examples: [] },
      distinctMessageIds: MESSAGES,
    },
  });
  return { accounting: checkAccounting(all), acks: checkAcks(all), redelivery: checkRedelivery(all) };
}

/** The messages that a group has completed, sorted. */
function completedBy({ history }: Consumption, group: number): readonly number[] {
  const deliveries = Array.from({ length: history.deliveries }, (_, delivery) => delivery);
  return deliveries
    .filter((delivery) => history.group(history.popOf(delivery)) === group)
    .filter((delivery) => history.outcomeCode(delivery) === SETTLE_OUTCOME_CODE.completed)
    .map((delivery) => history.message(delivery))
    .sort((a, b) => a - b);
}

function popsOf({ history }: Consumption, has: (pop: number) => boolean): readonly number[] {
  return Array.from({ length: history.pops }, (_, pop) => pop).filter(has);
}

const ALL = Array.from({ length: MESSAGES }, (_, message) => message);

describe('a backlog', () => {
  beforeEach(pushAll);

  test('of an honest server is received and acknowledged, once and in order, and measured', async () => {
    const outcome = await consume();
    expect(outcome.consumption).toMatchObject({ drained: [true], malformed: { count: 0 } });
    expect(outcome.measure.throughputMsgPerS).toBeGreaterThan(0);
    const { accounting, acks, redelivery } = judge(outcome);
    expect(acks.counts).toMatchObject({ sent: MESSAGES, completed: MESSAGES });
    expect([accounting.verdict, acks.verdict, redelivery.verdict]).toEqual(['valid', 'valid', 'valid']);
  });

  test('is consumed in a process of their own, which ends with an abort', async () => {
    await using server = await startFakeQueueServer({
      pop: (path) => queue.pop(path),
      ack: (items) => queue.ack(items),
    });
    using consumers = await startConsumers(orderTo(server.baseUrl), () => undefined, AbortSignal.timeout(20_000));
    const outcome = await consumers.drain(10_000);
    expect(judge(outcome)).toMatchObject({ accounting: { verdict: 'valid' }, acks: { verdict: 'valid' } });
    const reason = new Error('told to stop');
    const aborted = startConsumers(orderTo(server.baseUrl), () => undefined, AbortSignal.abort(reason));
    await expect(aborted).rejects.toBe(reason);
  });

  test('consumers that are no longer wanted end with their process, and cannot be drained', async () => {
    await using server = await startFakeQueueServer({ pop: (path) => queue.pop(path), ack: () => 'never' });
    const consumers = await startConsumers(orderTo(server.baseUrl), () => undefined, AbortSignal.timeout(20_000));
    expect(server.sockets()).toBeGreaterThan(0);
    consumers[Symbol.dispose]();
    await vi.waitFor(() => expect(server.sockets()).toBe(0), 5_000);
    await expect(consumers.drain(1_000)).rejects.toThrow('no longer wanted');
  });

  test('empty answers while another consumer holds the rest are not the end: nobody goes home', async () => {
    const hidden = queue.partitions.slice(1).map(({ messages }) => messages.splice(0));
    let acksUnderWay = 0;
    let mostAcks = 0;
    const slowly = async (items: readonly AckItem[]) => {
      acksUnderWay += 1;
      mostAcks = Math.max(mostAcks, acksUnderWay);
      // Long enough for the other seven to hear "empty" twice and more.
      await sleep(100);
      acksUnderWay -= 1;
      for (const [index, messages] of hidden.splice(0).entries()) {
        for (const message of messages) queue.store(index + 1, message);
      }
      return queue.ack(items);
    };
    const { consumption } = await consume({ ack: slowly });
    expect(consumption.drained).toEqual([true]);
    expect(completedBy(consumption, 0)).toEqual(ALL);
    expect(mostAcks).toBeGreaterThan(1);
  });

  test('out of time: what came is kept, and the drain says why it is none', async () => {
    const [stuck] = queue.partitions;
    const ack = (items: readonly AckItem[]) =>
      items[0]?.partitionId === `id of ${stuck?.name}` ? ('never' as const) : queue.ack(items);
    const outcome = await consume({ ack, deadlineMs: 2_000 });
    expect(outcome.consumption.history.deliveries).toBe(MESSAGES - PER_PARTITION + 7);
    expect(outcome.consumption.drained[0]).toMatch(/^given up after 2000 ms: not every consumer/);
    // The ack that was under way when the time was over: nobody knows.
    expect(outcomesOf(outcome.consumption)).toMatchObject({ indeterminate: 7 });
    expect(judge(outcome).accounting.verdict).toBe('unknown');
  });
});

/** How many deliveries ended in which way. */
function outcomesOf({ history }: Consumption): Readonly<Record<string, number>> {
  const codes = Array.from({ length: history.deliveries }, (_, delivery) => history.outcomeCode(delivery));
  const count = (code: number) => codes.filter((each) => each === code).length;
  return Object.fromEntries(Object.entries(SETTLE_OUTCOME_CODE).map(([word, code]) => [word, count(code)]));
}

describe('a server that breaks its word is accused', () => {
  beforeEach(pushAll);

  test('acks answered completed, and the messages delivered again', async () => {
    const forgotten = new Set<string | undefined>();
    const outcome = await consume({
      ack: (items) => {
        const shares = queue.partitions.map((partition) => queue.share(partition, ''));
        const before = shares.map(({ pending }) => pending);
        const reaction = queue.ack(items);
        // The first acks of three partitions are forgotten: the cursor stays where it was.
        const id = items[0]?.partitionId;
        if (forgotten.size < 3 && !forgotten.has(id)) {
          forgotten.add(id);
          for (const [index, share] of shares.entries()) share.pending = before[index] ?? [];
        }
        return reaction;
      },
    });
    const { accounting, acks, redelivery } = judge(outcome);
    expect(acks).toMatchObject({ verdict: 'valid', counts: { refused: 0 } });
    expect(redelivery).toMatchObject({ verdict: 'invalid', counts: { redelivered: 21 } });
    expect(accounting).toMatchObject({ verdict: 'invalid', counts: { duplicated: 21, lost: 0 } });
  });

  test('a partition that two consumers hold at once', async () => {
    const unleased = (path: string) => {
      for (const { shares } of queue.partitions) for (const share of shares.values()) share.leaseId = undefined;
      return queue.pop(path);
    };
    const ack = (items: readonly AckItem[]) => {
      for (const partition of queue.partitions) {
        const share = queue.share(partition, '');
        share.pending = share.pending.filter(({ transactionId }) =>
          items.every((i) => i.transactionId !== transactionId),
        );
      }
      return { body: results(items.map(({ transactionId }) => transactionId)) };
    };
    expect(judge(await consume({ pop: unleased, ack })).accounting).toMatchObject({ verdict: 'invalid' });
  });

  test('messages that are lost, altered, misrouted or unknown', async () => {
    const [first, second] = queue.partitions.map(({ messages }) => messages);
    first?.shift();
    second?.unshift(
      { transactionId: 'r1-240', data: JSON.parse(payload.encode(240)) },
      { transactionId: 'x-1', data: 1 },
    );
    const [, moved] = second?.splice(2, 2) ?? [];
    if (moved !== undefined) first?.unshift({ ...moved, data: 'altered' });
    const outcome = await consume();
    expect(judge(outcome).accounting.counts).toMatchObject({ lost: 2, unexpected: 2, altered: 1, misrouted: 1 });
    expect(outcome.consumption).toMatchObject({ unexpected: { count: 1 }, altered: { count: 1 } });
    expect(outcome.consumption.unexpected.examples).toEqual(['"x-1" from partition "p1"']);
  });
});

describe('answers that are none by the contract are taken down, and the consumers go on', () => {
  beforeEach(() => {
    leaseShortly();
    pushAll();
  });

  test('an ack under a live lease that is answered with another word', async () => {
    const outcome = await consume({
      ack: (items) => {
        queue.ack(items);
        const [first, ...others] = items.map(({ transactionId }) => ({ transactionId, status: 'completed' }));
        return { body: { results: [{ ...first, status: 'failed_dlq' }, ...others] } };
      },
    });
    expect(judge(outcome).acks.verdict).toBe('invalid');
    expect(outcome.consumption.malformed.count).toBeGreaterThan(0);
    expect(outcome.consumption.malformed.examples[0]).toMatch(/the ack of r1-\d+ as completed .*"status":"failed_dlq"/);
  });

  test.each<[string, (ids: readonly string[]) => unknown]>([
    ['in another order', (ids) => results(ids.toReversed())],
    ['missing', (ids) => results(ids.slice(1))],
    ['too many', (ids) => results([...ids, 'r1-0'])],
    ['no list', () => ({ results: 'ok' })],
    ['no JSON', () => '<html>'],
  ])('results of acks that are %s', async (_, answer) => {
    const ack = (items: readonly AckItem[]) => {
      queue.ack(items);
      return { body: answer(items.map(({ transactionId }) => transactionId)) };
    };
    const { consumption } = await consume({ ack });
    expect(consumption.malformed.count).toBeGreaterThan(0);
    expect(consumption.drained).toEqual([true]);
  });

  test.each<[string, Reaction]>([
    ['no JSON', { body: '<html>' }],
    ['a refusal', { status: 404, body: { error: 'Queue not found' } }],
    ['no lease', { body: { messages: [{ transactionId: 'r1-0', partitionId: 'p', partition: 'p0', data: 1 }] } }],
    ['a message that is no object', { body: { messages: ['r1-0'] } }],
  ])('pops answered with %s', async (_, answer) => {
    let pops = 0;
    const pop = (path: string) => {
      pops += 1;
      return pops === 9 ? answer : queue.pop(path);
    };
    const { consumption } = await consume({ pop });
    expect(consumption.malformed.count).toBeGreaterThan(0);
    expect(consumption.drained).toEqual([true]);
    expect(completedBy(consumption, 0)).toEqual(ALL);
  });
});

function results(ids: readonly string[]) {
  return { processed: ids.length, results: ids.map((transactionId) => ({ transactionId, status: 'completed' })) };
}

describe('beside the producers', () => {
  beforeEach(leaseShortly);

  /** A request every few milliseconds. */
  const slowly = async () => {
    while (ledger.messages < MESSAGES) {
      push();
      await sleep(20);
    }
  };
  const TWO_GROUPS = { count: 3, groups: ['g1', 'g2'], wait: true };

  test('every group gets everything, whatever its consumers leave undone, and late acks are sent', async () => {
    const consumers = { ...TWO_GROUPS, nack: 0.2, expire: 0.2, crash: 0.2, thinkMs: 1 };
    const load = async () => {
      await slowly();
      await vi.waitFor(() => expect(queue.refused).toBeGreaterThan(0), 10_000);
    };
    const { consumption } = await consume({ load }, { consumers });
    expect(consumption).toMatchObject({ drained: [true, true], malformed: { count: 0 }, unexpected: { count: 0 } });
    expect(completedBy(consumption, 0)).toEqual(ALL);
    expect(completedBy(consumption, 1)).toEqual(ALL);
    const { history } = consumption;
    const settled = (word: keyof typeof SETTLEMENT_CODE) =>
      popsOf(consumption, (pop) => history.settlementCode(pop) === SETTLEMENT_CODE[word]);
    for (const word of ['ack', 'nack', 'expire', 'crash'] as const)
      expect([word, settled(word).length > 0]).toEqual([word, true]);
    const late = settled('expire').filter((pop) => history.settleStatus(pop) === 200);
    expect(late.length).toBeGreaterThan(0);
    for (const pop of late) {
      expect(history.settleInvokedUs(pop) - history.completedUs(pop)).toBeGreaterThanOrEqual(SHORT_LEASE_MS * 1_000);
    }
    expect(outcomesOf(consumption).refused).toBe(queue.refused);
  });

  test('consumers of every group have had an answer when they are ready, so no group begins late', async () => {
    const asked = new Set<string>();
    const pop = (path: string) => {
      const { searchParams } = new URL(path, 'http://fake');
      asked.add(`${searchParams.get('consumerGroup')} ${searchParams.get('subscriptionMode')}`);
      return queue.pop(path);
    };
    let askedBefore: readonly string[] = [];
    const load = async () => {
      askedBefore = [...asked].sort();
      pushAll();
    };
    await consume({ pop, load }, { consumers: TWO_GROUPS });
    expect(askedBefore).toEqual(['g1 all', 'g2 all']);
  });

  test('a drain waits for leases that nobody settled: what they hold is not missed', async () => {
    const load = async () => {
      pushAll();
      // Every pop is lost with its messages until the drain.
      await sleep(100);
    };
    const { consumption } = await consume({ load }, { consumers: { ...TWO_GROUPS, crash: 1 } });
    expect(consumption.drained).toEqual([true, true]);
    expect(completedBy(consumption, 0)).toEqual(ALL);
    expect(completedBy(consumption, 1)).toEqual(ALL);
  });

  test('pops are cut before their answer too, and what they may have been given is not missed', async () => {
    let asked = 0;
    const pop = async (path: string) => {
      asked += 1;
      // Time enough for most cuts to come first.
      await sleep(15);
      return await queue.pop(path);
    };
    const load = async () => {
      pushAll();
      await vi.waitFor(() => expect(asked).toBeGreaterThan(80), 20_000);
    };
    const { consumption, errors } = await consume(
      { pop, load },
      { consumers: { ...TWO_GROUPS, wait: false, crash: 1 } },
    );
    // What a consumer cuts itself is no error.
    expect(errors.classes).toEqual([]);
    const { history } = consumption;
    const cut = popsOf(consumption, (number) => history.settlementCode(number) === SETTLEMENT_CODE.crash);
    expect(new Set(cut.map((number) => history.httpStatus(number)))).toEqual(new Set([0, 200]));
    expect(consumption.drained).toEqual([true, true]);
    expect(completedBy(consumption, 1)).toEqual(ALL);
  });

  test('a drain waits for what a pop without an answer may have been given', async () => {
    let swallowed = 0;
    const pop = async (path: string): Promise<Reaction> => {
      const answer = await queue.pop(path);
      if (swallowed >= PARTITIONS || ledger.messages === 0) return answer;
      swallowed += 1;
      return swallowed % 2 === 0 ? 'rst' : { status: 503, body: { error: 'sorry' } };
    };
    const { consumption, errors } = await consume({ pop, load: async () => pushAll() });
    expect([consumption.drained, swallowed]).toEqual([[true], PARTITIONS]);
    expect(errors.classes.toSorted((a, b) => a.name.localeCompare(b.name))).toEqual([
      { name: 'pop http 503', count: 3, example: '{"error":"sorry"}' },
      { name: 'pop socket ECONNRESET', count: 3, example: 'ECONNRESET' },
    ]);
    expect(completedBy(consumption, 0)).toEqual(ALL);
    const statuses = popsOf(consumption, () => true).map((p) => consumption.history.httpStatus(p));
    expect([statuses.includes(0), statuses.includes(503)]).toEqual([true, true]);
  });

  test('acks without an answer are indeterminate, and the consumers go on', async () => {
    let acks = 0;
    const ack = (items: readonly AckItem[]): Reaction => {
      acks += 1;
      const reaction = queue.ack(items);
      return acks % 3 === 0 ? 'rst' : acks % 3 === 1 ? { status: 500, body: { error: 'sorry' } } : reaction;
    };
    const { consumption } = await consume({ ack, load: slowly }, { consumers: TWO_GROUPS });
    expect(consumption.drained).toEqual([true, true]);
    expect(outcomesOf(consumption)).toMatchObject({ unsettled: 0 });
    expect(outcomesOf(consumption).indeterminate).toBeGreaterThan(MESSAGES / 2);
  });

  test('consumers outlive a server that is gone for a while', async () => {
    const honest = { pop: (path: string) => queue.pop(path), ack: (items: readonly AckItem[]) => queue.ack(items) };
    const server = await startFakeQueueServer(honest);
    const port = Number(new URL(server.baseUrl).port);
    const drain = Promise.withResolvers<number>();
    const ready = Promise.withResolvers<void>();
    const consuming = consumeQueue(orderTo(server.baseUrl, { consumers: TWO_GROUPS }), {
      onProgress: () => undefined,
      onReady: ready.resolve,
      drain: drain.promise,
    });
    await ready.promise;
    await server[Symbol.asyncDispose]();
    pushAll();
    await sleep(200);
    await using again = await startFakeQueueServer({ ...honest, port });
    expect(again.baseUrl).toBe(server.baseUrl);
    drain.resolve(10_000);
    const { consumption } = await consuming;
    expect(consumption.drained).toEqual([true, true]);
    expect(completedBy(consumption, 1)).toEqual(ALL);
  });
});

test('a server that gives no consumer a first answer is an error that says why', async () => {
  const failing = consume({ pop: () => ({ status: 500, body: { error: 'sorry' } }) }, { readyLimitMs: 200 });
  await expect(failing).rejects.toThrow(/not every consumer got an answer in 200 ms: HTTP 500: .*sorry/);
});
