import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { messageOf, partitionOf } from '../test/sample-messages.ts';
import type { BatchLimits } from './batch-plan.ts';
import type { Chunk } from './chunk.ts';
import { GroupCommit } from './group-commit.ts';
import type { MessageOutcome } from './push-transaction.ts';
import { TransactionSlots } from './transaction-slots.ts';

const ROOMY: BatchLimits = { targetBytes: 1e9, maxBytes: 1e9, minMessages: 1, maxMessages: 1000 };

/** Outcome of a message that tells whose it is. */
const outcomeOf = (name: string): MessageOutcome => ({ status: 'duplicate', messageId: name });

/** A transaction under way: what it holds, and the ways it can end. */
interface Transaction {
  readonly chunks: readonly Chunk[];
  readonly names: readonly string[];
  commit(): void;
  fail(error: Error): void;
}

/** A database that does nothing until told; it watches that no partition is in two transactions at once. */
class FakeDatabase {
  readonly underWay = new Set<Transaction>();
  readonly started: Transaction[] = [];
  readonly committed = new Map<bigint, string[]>();
  mostAtOnce = 0;

  readonly commit = (chunks: readonly Chunk[]): Promise<readonly (readonly MessageOutcome[])[]> => {
    const ids = chunks.map(({ partition }) => partition.id);
    for (const other of this.underWay) {
      for (const { partition } of other.chunks) expect(ids).not.toContain(partition.id);
    }
    expect(new Set(ids).size).toBe(ids.length);
    const { promise, resolve, reject } = Promise.withResolvers<readonly (readonly MessageOutcome[])[]>();
    const end = (work: () => void): void => {
      this.underWay.delete(transaction);
      work();
    };
    const transaction: Transaction = {
      chunks,
      names: chunks.flatMap(({ messages }) => messages.map(({ transactionId }) => transactionId)),
      commit: () => end(() => resolve(this.#store(chunks))),
      fail: (error) => end(() => reject(error)),
    };
    this.underWay.add(transaction);
    this.started.push(transaction);
    this.mostAtOnce = Math.max(this.mostAtOnce, this.underWay.size);
    return promise;
  };

  #store(chunks: readonly Chunk[]): readonly (readonly MessageOutcome[])[] {
    return chunks.map(({ partition, messages }) => {
      const stored = this.committed.get(partition.id) ?? [];
      stored.push(...messages.map(({ transactionId }) => transactionId));
      this.committed.set(partition.id, stored);
      return messages.map(({ transactionId }) => outcomeOf(transactionId));
    });
  }
}

function groupCommit(limits: Partial<BatchLimits> = {}, maxTransactions = 1) {
  const database = new FakeDatabase();
  const group = new GroupCommit({
    commit: database.commit,
    limits: { ...ROOMY, ...limits },
    slots: new TransactionSlots(maxTransactions),
    rowBytes: (message) => message.payload.length,
  });
  const submit = (partition: number, names: readonly string[], queueVersion?: number) =>
    group.submit(
      partitionOf(partition, queueVersion),
      names.map((name) => messageOf(name)),
    );
  return { database, submit };
}

/** Lets everything run that needs no outside event: promise reactions and one turn of the event loop. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

describe('sharing', () => {
  test('requests of one turn share a transaction; each caller gets exactly its own outcomes', async () => {
    const { database, submit } = groupCommit();
    const callers = [submit(1, ['a', 'b']), submit(2, ['c']), submit(1, ['d'])];
    await turn();
    expect(database.started.map(({ names }) => names)).toEqual([['a', 'b', 'd', 'c']]);
    database.started[0]?.commit();
    expect(await Promise.all(callers)).toEqual([['a', 'b'].map(outcomeOf), [outcomeOf('c')], [outcomeOf('d')]]);
  });

  test('what arrives while a transaction is under way goes together into the next one', async () => {
    const { database, submit } = groupCommit();
    const first = submit(1, ['a']);
    await turn();
    const callers = [submit(2, ['b']), submit(1, ['c']), submit(2, ['d'])];
    await turn();
    expect(database.started).toHaveLength(1);
    database.started[0]?.commit();
    expect(await first).toEqual([outcomeOf('a')]);
    await turn();
    expect(database.started[1]?.names).toEqual(['b', 'd', 'c']);
    database.started[1]?.commit();
    expect(await Promise.all(callers)).toEqual(['b', 'c', 'd'].map((name) => [outcomeOf(name)]));
  });

  test('a second transaction runs beside the first, but never with a partition of the first', async () => {
    const { database, submit } = groupCommit({}, 2);
    const callers = [submit(1, ['a'])];
    await turn();
    callers.push(submit(1, ['b']), submit(2, ['c']));
    await turn();
    expect(database.started.map(({ names }) => names)).toEqual([['a'], ['c']]);
    database.started[1]?.commit();
    await turn();
    expect(database.started).toHaveLength(2);
    database.started[0]?.commit();
    await turn();
    expect(database.started[2]?.names).toEqual(['b']);
    database.started[2]?.commit();
    await Promise.all(callers);
  });
});

describe('limits', () => {
  test('a transaction holds no more messages than allowed, order kept over as many as it takes', async () => {
    const { database, submit } = groupCommit({ maxMessages: 3 });
    const caller = submit(1, ['a', 'b', 'c', 'd', 'e', 'f', 'g']);
    for (let index = 0; index < 3; index += 1) {
      await turn();
      expect(database.started).toHaveLength(index + 1);
      database.started[index]?.commit();
    }
    expect(database.started.map(({ names }) => names.join(''))).toEqual(['abc', 'def', 'g']);
    expect(await caller).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g'].map(outcomeOf));
  });

  test('bytes are counted over all partitions of the transaction', async () => {
    // Each payload has three characters, quotes included.
    const { database, submit } = groupCommit({ maxBytes: 9 });
    const callers = [submit(1, ['a', 'b']), submit(2, ['c', 'd'])];
    await turn();
    expect(database.started[0]?.names).toEqual(['a', 'b', 'c']);
    database.started[0]?.commit();
    await turn();
    expect(database.started[1]?.names).toEqual(['d']);
    database.started[1]?.commit();
    await Promise.all(callers);
  });

  test('a partition with much to do does not hold back the others', async () => {
    const { database, submit } = groupCommit({ maxMessages: 2 });
    const callers = [submit(1, ['a', 'b', 'c', 'd', 'e', 'f']), submit(2, ['z'])];
    await turn();
    database.started[0]?.commit();
    await turn();
    expect(database.started[1]?.names).toContain('z');
    while (database.underWay.size > 0) {
      for (const transaction of database.underWay) transaction.commit();
      await turn();
    }
    await Promise.all(callers);
  });
});

describe('failure', () => {
  test('a rejection reaches those in that transaction, those behind them in its partitions, and nobody else', async () => {
    const { database, submit } = groupCommit();
    const hit = [submit(1, ['a']), submit(2, ['b'])].map((caller) => caller.catch((error: unknown) => error));
    await turn();
    // It must not be stored before `a`, which has to be sent again.
    hit.push(submit(1, ['behind']).catch((error: unknown) => error));
    const spared = submit(3, ['c']);
    const failure = new Error('connection lost');
    database.started[0]?.fail(failure);
    expect(await Promise.all(hit)).toEqual([failure, failure, failure]);
    await turn();
    expect(database.started[1]?.names).toEqual(['c']);
    database.started[1]?.commit();
    expect(await spared).toEqual([outcomeOf('c')]);
  });

  test('a message left without an outcome is an error for its caller, not a wait for ever', async () => {
    const group = new GroupCommit({
      commit: async () => [[]],
      limits: ROOMY,
      slots: new TransactionSlots(1),
      rowBytes: () => 1,
    });
    await expect(group.submit(partitionOf(1), [messageOf('a')])).rejects.toThrow('without an outcome');
  });
});

test('no messages, no transaction', async () => {
  const { database, submit } = groupCommit();
  expect(await submit(1, [])).toEqual([]);
  await turn();
  expect(database.started).toEqual([]);
});

describe('a queue whose options change', () => {
  test('messages go with the version they were looked up with, so that what is stale is stale from the front', async () => {
    const { database, submit } = groupCommit({ maxMessages: 1 });
    const old = submit(1, ['a', 'b'], 1);
    await turn();
    const fresh = submit(1, ['c'], 2);
    for (let index = 0; index < 3; index += 1) {
      database.started[index]?.commit();
      await turn();
    }
    await Promise.all([old, fresh]);
    const sent = database.started.map(({ chunks, names }) => [chunks[0]?.partition.queueVersion, ...names]);
    expect(sent).toEqual([
      [1, 'a'],
      [1, 'b'],
      [2, 'c'],
    ]);
  });
});

test('whatever comes: order in each partition, own outcomes, limits, never more transactions than allowed', async () => {
  const requests = fc.array(
    fc.record({ partition: fc.integer({ min: 1, max: 4 }), size: fc.integer({ min: 1, max: 5 }), pause: fc.boolean() }),
    { minLength: 1, maxLength: 25 },
  );
  await fc.assert(
    fc.asyncProperty(
      requests,
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 6 }),
      fc.array(fc.nat(), { minLength: 1, maxLength: 20 }),
      async (given, maxTransactions, maxMessages, picks) => {
        const { database, submit } = groupCommit({ maxMessages }, maxTransactions);
        let settled = 0;
        const callers = [];
        const expected = new Map<bigint, string[]>();
        const endOne = (step: number): void => {
          const open = [...database.underWay];
          open[(picks[step % picks.length] ?? 0) % open.length]?.commit();
        };
        for (const [number, { partition, size, pause }] of given.entries()) {
          const names = Array.from({ length: size }, (_, index) => `${number}.${index}`);
          const order = expected.get(BigInt(partition)) ?? [];
          order.push(...names);
          expected.set(BigInt(partition), order);
          callers.push(
            submit(partition, names).then((outcomes) => {
              expect(outcomes).toEqual(names.map(outcomeOf));
              settled += 1;
            }),
          );
          if (pause) await turn();
          if (pause) endOne(number);
        }
        for (let step = 0; settled < given.length && step < 500; step += 1) {
          await turn();
          endOne(step);
        }
        await Promise.all(callers);
        expect(database.committed).toEqual(expected);
        expect(database.mostAtOnce).toBeLessThanOrEqual(maxTransactions);
        for (const { names } of database.started) expect(names.length).toBeLessThanOrEqual(maxMessages);
      },
    ),
    { numRuns: 60 },
  );
});
