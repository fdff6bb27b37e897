import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { PoolTimeoutError, WaiterQueue } from './waiter-queue.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('first come, first served; nobody waiting is said', async () => {
  const queue = new WaiterQueue<string>();
  const waiters = [queue.wait({ timeoutMs: 100 }), queue.wait({ timeoutMs: 100 })];
  expect(queue.length).toBe(2);
  expect(queue.serve('one')).toBe(true);
  expect(queue.serve('two')).toBe(true);
  expect(queue.serve('three')).toBe(false);
  expect(await Promise.all(waiters)).toEqual(['one', 'two']);
  expect(queue.length).toBe(0);
});

test('a time-out lets the waiter leave from the middle', async () => {
  const queue = new WaiterQueue<string>();
  const first = queue.wait({ timeoutMs: 300 });
  const second = queue.wait({ timeoutMs: 100 }).catch((error: unknown) => error);
  const third = queue.wait({ timeoutMs: 300 });
  vi.advanceTimersByTime(99);
  expect(queue.length).toBe(3);
  vi.advanceTimersByTime(1);
  expect(await second).toBeInstanceOf(PoolTimeoutError);
  expect(queue.length).toBe(2);
  queue.serve('one');
  queue.serve('two');
  expect(await Promise.all([first, third])).toEqual(['one', 'two']);
});

test('an abort rejects with the reason, and a served waiter is out of reach of both', async () => {
  const queue = new WaiterQueue<string>();
  const controller = new AbortController();
  const served = queue.wait({ timeoutMs: 100, signal: controller.signal });
  const aborted = queue.wait({ timeoutMs: 100, signal: controller.signal }).catch((error: unknown) => error);
  queue.serve('one');
  const reason = new Error('gone');
  controller.abort(reason);
  vi.advanceTimersByTime(1_000);
  expect(await served).toBe('one');
  expect(await aborted).toBe(reason);
  expect(queue.length).toBe(0);
  expect(vi.getTimerCount()).toBe(0);
});

test('everybody can be turned away', async () => {
  const queue = new WaiterQueue<string>();
  const waiters = [1, 2, 3].map(() => queue.wait({ timeoutMs: 100 }).catch((error: unknown) => error));
  const closed = new Error('closed');
  queue.rejectAll(closed);
  expect(await Promise.all(waiters)).toEqual([closed, closed, closed]);
  expect(queue.length).toBe(0);
  expect(vi.getTimerCount()).toBe(0);
});
