// A program whose most expensive functions are known: `burnTime` and `takeMemory` in its main thread, `burnTimeInThread` in
// another one. Writes a line for every turn of the latter, and works until its parent ends it.
import { isMainThread, parentPort, Worker } from 'node:worker_threads';

/** A few milliseconds. */
const STEPS = 1_000_000;
const ARRAYS = 10_000;
const PAUSE_MS = 10;

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
  new Worker(new URL(import.meta.url)).on('message', () => process.stdout.write('turn\n'));
  process.on('exit', () => kept);
} else {
  setInterval(() => {
    burnTimeInThread();
    parentPort?.postMessage('turn');
  }, PAUSE_MS);
}
