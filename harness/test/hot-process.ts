// A program whose most expensive functions are known: `burnTime` and `takeMemory` in its main thread, `burnTimeInThread` in
// another one. Works until its parent ends it.
import { isMainThread, parentPort, Worker } from 'node:worker_threads';

/** Some 5 ms. */
const STEPS = 5_000_000;
const ARRAYS = 10_000;
const PAUSE_MS = 20;

let kept: unknown;

function burnTime(): void {
  let state = 1;
  for (let step = 0; step < STEPS; step += 1) state = (state * 1_103_515_245 + 12_345) | 0;
  kept = state;
}

function burnTimeInThread(): void {
  let state = 1;
  for (let step = 0; step < STEPS; step += 1) state = (state * 1_103_515_245 + 12_345) | 0;
  kept = state;
}

function takeMemory(): void {
  for (let step = 0; step < ARRAYS; step += 1) kept = [step, step, step, step];
}

if (isMainThread) {
  setInterval(burnTime, PAUSE_MS);
  setInterval(takeMemory, PAUSE_MS);
  new Worker(new URL(import.meta.url)).on('message', (word) => process.stdout.write(`${word}\n`));
  process.on('exit', () => kept);
} else {
  setInterval(burnTimeInThread, PAUSE_MS);
  parentPort?.postMessage('working');
}
