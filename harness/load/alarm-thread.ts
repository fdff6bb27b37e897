/** Sleeps until it is told and then says so, with the number of the order. Started by load-clock.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { monotonicUs } from '../measure/monotonic-clock.ts';
import { alarmMemory } from './alarm-memory.ts';

const { atUs, order } = alarmMemory(workerData as SharedArrayBuffer);

Atomics.wait(order, 0, 0);
for (;;) {
  const number = Atomics.load(order, 0);
  const leftMs = ((atUs[0] ?? 0) - monotonicUs()) / 1_000;
  // A new order ends the sleep.
  if (leftMs > 0 && Atomics.wait(order, 0, number, leftMs) !== 'timed-out') continue;
  parentPort?.postMessage(number);
  Atomics.wait(order, 0, number);
}
