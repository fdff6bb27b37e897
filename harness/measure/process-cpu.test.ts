import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { CpuReading } from './process-cpu.ts';

/** Spins for 400 ms in a thread beside its main thread, tells when that is over, and stays. */
const BUSY_BESIDE = `
  const spin = 'const untilMs = performance.now() + 400; while (performance.now() < untilMs);';
  new (require('node:worker_threads').Worker)(spin, { eval: true }).on('exit', () => process.stdout.write('done'));
  setInterval(() => undefined, 1000);`;

test.runIf(process.platform === 'linux')('a main thread is told apart from the threads beside it', async () => {
  const child = spawn(process.execPath, ['-e', BUSY_BESIDE], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    await once(child, 'spawn');
    const before = new CpuReading();
    const startUs = { all: before.processesUs([child.pid]) ?? 0, main: before.mainThreadsUs([child.pid]) ?? 0 };
    await once(child.stdout, 'data');
    const after = new CpuReading();
    const allUs = (after.processesUs([child.pid]) ?? Number.NaN) - startUs.all;
    const mainUs = (after.mainThreadsUs([child.pid]) ?? Number.NaN) - startUs.main;
    // On a busy machine the other thread gets less than its 400 ms by the clock.
    expect(mainUs).toBeGreaterThanOrEqual(0);
    expect(allUs - mainUs).toBeGreaterThan(100_000);
  } finally {
    child.kill('SIGKILL');
  }
});

test('of no process there is no time', () => {
  const reading = new CpuReading();
  expect(reading.processesUs([undefined])).toBeUndefined();
  expect(reading.mainThreadsUs([])).toBeUndefined();
});
