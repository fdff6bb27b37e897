import { expect, test } from 'vitest';
import { ThreadClock } from '../load/load-clock.ts';

test('it never rings early, only once, for the last order alone, and not when it was cancelled', async () => {
  await using clock = new ThreadClock();
  const rung: string[] = [];
  const ringAt = (atUs: number, name: string) =>
    new Promise<number>((resolve) => {
      clock.wakeAt(atUs, () => {
        rung.push(name);
        resolve(clock.nowUs());
      });
    });
  for (const waitUs of [0, 50, 900, 2_500, 30_000]) {
    const atUs = clock.nowUs() + waitUs;
    expect(await ringAt(atUs, String(waitUs))).toBeGreaterThanOrEqual(atUs);
  }
  void ringAt(clock.nowUs() + 1_000, 'replaced');
  await ringAt(clock.nowUs() + 20_000, 'last');
  void ringAt(clock.nowUs() + 1_000, 'cancelled');
  clock.cancel();
  await ringAt(clock.nowUs() + 20_000, 'end');
  expect(rung).toEqual(['0', '50', '900', '2500', '30000', 'last', 'end']);
});

test('it rings sooner than the timers of Node, as far as the machine lets it', async () => {
  await using clock = new ThreadClock();
  const lagsUs: number[] = [];
  for (let count = 0; count < 200; count += 1) {
    // For a timer that is two milliseconds.
    const atUs = clock.nowUs() + 1_050;
    await new Promise<void>((resolve) => clock.wakeAt(atUs, resolve));
    lagsUs.push(clock.nowUs() - atUs);
  }
  lagsUs.sort((a, b) => a - b);
  expect(lagsUs[20]).toBeLessThan(700);
});
