import { expect, test } from 'vitest';
import { EmptyWatch } from './empty-watch.ts';

function emptyAnswer(watch: EmptyWatch, consumer: number): void {
  watch.ask(consumer)();
}

test('a queue is empty when every consumer was told so twice while nothing happened', () => {
  const watch = new EmptyWatch(2);
  emptyAnswer(watch, 0);
  emptyAnswer(watch, 0);
  expect([watch.isEmpty, watch.hasHeard(0), watch.hasHeard(1)]).toEqual([false, true, false]);
  emptyAnswer(watch, 1);
  expect(watch.isEmpty).toBe(false);
  emptyAnswer(watch, 1);
  expect(watch.isEmpty).toBe(true);
});

test('an answer to a question asked before a lease was taken or given back counts for nothing', () => {
  const watch = new EmptyWatch(1);
  const askedBefore = [watch.ask(0), watch.ask(0)];
  watch.change();
  for (const answer of askedBefore) answer();
  expect(watch.isEmpty).toBe(false);
});

test('a lease that is taken or given back makes everybody ask again', () => {
  const watch = new EmptyWatch(2);
  emptyAnswer(watch, 0);
  emptyAnswer(watch, 0);
  watch.change();
  emptyAnswer(watch, 1);
  emptyAnswer(watch, 1);
  expect([watch.isEmpty, watch.hasHeard(0)]).toEqual([false, false]);
});
