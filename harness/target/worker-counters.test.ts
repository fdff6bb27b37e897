import { expect, test } from 'vitest';
import { workerCountersIn, workersBetween } from './worker-counters.ts';

function page(...workers: readonly (readonly [worker: number, loop: number, wait: number])[]): string {
  return [
    '# TYPE queueproof_event_loop_active_seconds_total counter',
    ...workers.map(([worker, loop]) => `queueproof_event_loop_active_seconds_total{worker="${worker}"} ${loop}`),
    ...workers.map(([worker, , wait]) => `queueproof_pool_acquire_wait_seconds_total{worker="${worker}"} ${wait}`),
    ...workers.map(([worker, loop]) => `queueproof_allocated_bytes_total{worker="${worker}"} ${loop * 1000}`),
    'queueproof_pool_connections{worker="1"} 3',
    'queueproof_http_requests_total{method="GET",route="/health",worker="1"} 7',
  ].join('\n');
}

function between(before: string, after: string) {
  const reading = (text: string, atMs: number) => ({ atMs, byWorker: workerCountersIn(text) });
  return workersBetween(reading(before, 1_000), reading(after, 3_000));
}

test('the busiest loop and the sum of the waits, in the time between two readings', () => {
  expect(between(page([1, 5, 0.5], [2, 7, 0]), page([1, 6.5, 0.75], [2, 8, 0.5]))).toEqual({
    elapsedMs: 2_000,
    busiestLoop: 0.75,
    poolWaitUs: 750_000,
    allocatedBytes: 2_500,
  });
});

test.each([
  ['did not answer', page([1, 5, 0], [2, 7, 0]), page([1, 6, 0])],
  ['was replaced by one of another number', page([1, 5, 0]), page([3, 6, 0])],
  ['began anew', page([1, 5, 0]), page([1, 0.1, 0])],
])('a worker that %s leaves no sum', (_, before, after) => {
  expect(between(before, after)).toBeUndefined();
});

test('a worker that does not tell all is none', () => {
  expect(workerCountersIn('queueproof_event_loop_active_seconds_total{worker="1"} 2').size).toBe(0);
});
