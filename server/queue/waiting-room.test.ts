import { expect, test } from 'vitest';
import type { PopTarget } from '../sql/pop-target.ts';
import { wakeKeysOf } from '../wake/wake-key.ts';
import { WakeLine } from '../wake/wake-line.ts';
import type { Waiter } from './waiter.ts';
import { WaitingRoom } from './waiting-room.ts';

const NEVER = new AbortController().signal;

function targetOf(partition: string | undefined): PopTarget {
  return { queue: 'q', partition, namespace: undefined, task: undefined, consumerGroup: 'g' };
}

test('a push wakes those who wait for its partition or its queue, not those who wait for other partitions', async () => {
  const line = new WakeLine(() => undefined);
  const popped: (string | undefined)[] = [];
  const room = new WaitingRoom({
    pop: async (waiter: Waiter) => {
      popped.push(waiter.wish.request.target.partition);
      return undefined;
    },
    findReady: async () => [],
    line,
    maxWaiters: 10_000,
    maxPops: 4,
    recheckMs: 60_000,
    onError: () => undefined,
  });
  const partitions = Array.from({ length: 1_000 }, (_, number) => `p${number}`);
  const waiting = [undefined, ...partitions].map((partition) =>
    room.wait(
      { request: { target: targetOf(partition), batch: 1, startFrom: '-infinity' }, autoAck: false },
      60_000,
      NEVER,
    ),
  );
  await expect.poll(() => popped.length).toBe(1_001);
  popped.length = 0;
  line.wake(wakeKeysOf({ queue: 'q', partition: 'p7', namespace: 'ns', task: '' }));
  await expect.poll(() => popped.length).toBe(2);
  await room.close();
  await Promise.all(waiting);
  expect(popped.toSorted()).toEqual(['p7', undefined]);
});

test('a recheck asks for a bounded number of targets, and for all of them in turn', async () => {
  const asked: number[] = [];
  const seen = new Set<string | undefined>();
  const room = new WaitingRoom({
    pop: async () => undefined,
    findReady: async (targets) => {
      asked.push(targets.length);
      for (const { partition } of targets) seen.add(partition);
      return [];
    },
    line: new WakeLine(() => undefined),
    maxWaiters: 10_000,
    maxPops: 4,
    recheckMs: 5,
    onError: () => undefined,
  });
  const waiting = Array.from({ length: 2_500 }, (_, number) =>
    room.wait(
      { request: { target: targetOf(`p${number}`), batch: 1, startFrom: '-infinity' }, autoAck: false },
      60_000,
      NEVER,
    ),
  );
  await expect.poll(() => seen.size, { timeout: 10_000 }).toBe(2_500);
  expect(Math.max(...asked)).toBe(1_000);
  await room.close();
  expect(await Promise.all(waiting)).toEqual(waiting.map(() => undefined));
});
