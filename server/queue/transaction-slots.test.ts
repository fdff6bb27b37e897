import { expect, test } from 'vitest';
import { TransactionSlots } from './transaction-slots.ts';

/** Lets everything run that needs no outside event. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

test('no more at once than there are slots; those that have work take turns', async () => {
  const slots = new TransactionSlots(2);
  const started: string[] = [];
  const endings: (() => void)[] = [];
  const source = (name: string, work: number) => {
    let left = work;
    slots.join(() => {
      if (left === 0) return undefined;
      left -= 1;
      started.push(name);
      return new Promise<void>((resolve) => endings.push(resolve));
    });
  };
  source('a', 4);
  source('b', 2);
  source('idle', 0);
  slots.schedule();
  await turn();
  expect(started).toEqual(['a', 'b']);
  for (let ended = 0; ended < 6; ended += 1) {
    endings[ended]?.();
    await turn();
    expect(started).toHaveLength(Math.min(6, ended + 3));
  }
  expect(started).toEqual(['a', 'b', 'a', 'b', 'a', 'a']);
});

test('work that is run once is answered with what it came to, and one that fails gives its slot back', async () => {
  const slots = new TransactionSlots(1);
  const failure = new Error('no');
  const outcomes = await Promise.allSettled([
    slots.run(() => Promise.reject(failure)),
    slots.run(() => Promise.resolve('done')),
  ]);
  expect(outcomes).toEqual([
    { status: 'rejected', reason: failure },
    { status: 'fulfilled', value: 'done' },
  ]);
});
