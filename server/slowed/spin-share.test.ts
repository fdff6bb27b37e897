import { expect, test } from 'vitest';
import { spinShare, threadClock } from './spin-share.ts';

/** A thread whose CPU time is told in ticks, as the kernel does: between two of them it seems to stand still. */
class TickingThread {
  readonly #tickUs: number;
  totalUs = 0;
  spunUs = 0;

  constructor(tickUs: number) {
    this.#tickUs = tickUs;
  }

  cpuUs = () => Math.floor(this.totalUs / this.#tickUs) * this.#tickUs;

  spin = (durationUs: number) => {
    this.totalUs += durationUs;
    this.spunUs += durationUs;
  };
}

test.each([
  [0.05, 1],
  [0.1, 1],
  [0.2, 1],
  [0.1, 4000],
])('over many requests %d of the time they took themselves is spun, with ticks of %d µs', (share, tickUs) => {
  const thread = new TickingThread(tickUs);
  const spin = spinShare(share, thread);
  for (let request = 0; request < 20_000; request += 1) {
    thread.totalUs += 50 + (request % 7) * 20;
    spin();
  }
  const ownUs = thread.totalUs - thread.spunUs;
  expect(thread.spunUs / ownUs).toBeGreaterThan(share * 0.99);
  expect(thread.spunUs / ownUs).toBeLessThan(share * 1.01);
});

test('what was spent before it was made is not spun', () => {
  const thread = new TickingThread(1);
  thread.totalUs = 1e9;
  const spin = spinShare(0.1, thread);
  spin();
  expect(thread.spunUs).toBe(0);
});

test('the thread that asks is the one that spins, for about as long as it is told', () => {
  threadClock.spin(1);
  const { user, system } = process.threadCpuUsage();
  const startedMs = performance.now();
  for (let time = 0; time < 50; time += 1) threadClock.spin(2000);
  expect(performance.now() - startedMs).toBeGreaterThan(80);
  const spentUs = threadClock.cpuUs() - user - system;
  expect(spentUs / 100_000).toBeGreaterThan(0.8);
  expect(spentUs / 100_000).toBeLessThan(1.25);
});
