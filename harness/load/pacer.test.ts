import { expect, test } from 'vitest';
import { seededRandom } from '../measure/seeded-random.ts';
import { arrivals } from './arrivals.ts';
import type { LoadClock } from './load-clock.ts';
import { Pacer } from './pacer.ts';

/** Time that passes only when the test says so. */
class FakeClock implements LoadClock {
  #nowUs = 5_000;
  #alarm: { readonly atUs: number; readonly wake: () => void } | undefined;

  nowUs(): number {
    return this.#nowUs;
  }

  wakeAt(atUs: number, wake: () => void): void {
    this.#alarm = { atUs, wake };
  }

  cancel(): void {
    this.#alarm = undefined;
  }

  /** The alarms of the next so many microseconds ring, each `lateUs` late. */
  pass(us: number, lateUs = 0): void {
    const untilUs = this.#nowUs + us;
    while (this.#alarm !== undefined && this.#alarm.atUs + lateUs <= untilUs) {
      const { atUs, wake } = this.#alarm;
      this.#alarm = undefined;
      this.#nowUs = Math.max(this.#nowUs, atUs + lateUs);
      wake();
    }
    this.#nowUs = untilUs;
  }

  /** Time passes while the event loop does something else. */
  hold(us: number): void {
    this.#nowUs += us;
  }
}

function pace(rate: number, lengthUs: number, clock = new FakeClock()) {
  const due: (readonly [intendedUs: number, nowUs: number])[] = [];
  const rests: number[] = [];
  const schedule = arrivals({ rate, arrivals: 'even', burst: 1, lengthUs }, seededRandom(1));
  const pacer = new Pacer({
    ...{ schedule, clock, restUs: 250_000 },
    onDue: (intendedUs, nowUs) => due.push([intendedUs - pacer.fromUs, nowUs - pacer.fromUs]),
    onCaughtUp: (nowUs) => rests.push(nowUs - pacer.fromUs),
  });
  return { clock, pacer, due, rests };
}

test('every request is told at its own time, and the end comes when it was to come', async () => {
  const { clock, pacer, due } = pace(10, 1_000_000);
  clock.pass(950_000);
  expect(due.map(([intendedUs]) => intendedUs)).toEqual(Array.from({ length: 10 }, (_, index) => index * 100_000));
  expect(due.every(([intendedUs, nowUs]) => intendedUs === nowUs)).toBe(true);
  clock.pass(50_000);
  expect(await pacer.ended).toEqual({ toUs: pacer.fromUs + 1_000_000 });
  clock.pass(1_000_000);
  expect(due).toHaveLength(10);
});

test('whatever holds the event loop up, every request keeps its intended time, and none is left out', async () => {
  const { clock, pacer, due } = pace(1_000, 1_000_000);
  clock.pass(100_000);
  clock.hold(500_000);
  clock.pass(400_000, 3_000);
  clock.pass(10_000);
  expect(due.map(([intendedUs]) => Math.round(intendedUs))).toEqual(
    Array.from({ length: 1_000 }, (_, index) => index * 1_000),
  );
  const lags = due.map(([intendedUs, nowUs]) => nowUs - intendedUs);
  expect(Math.min(...lags)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...lags)).toBeCloseTo(499_000, 0);
  expect(await pacer.ended).toEqual({ toUs: pacer.fromUs + 1_000_000 });
});

test('where little is due there is a look around now and then', () => {
  const { clock, rests } = pace(1, 1_000_000);
  clock.pass(1_000_000);
  expect(rests).toEqual([0, 250_000, 500_000, 750_000, 1_000_000]);
});

test('a stretch that is stopped ends then, even from within', async () => {
  const { clock, pacer, due } = pace(10, Number.POSITIVE_INFINITY);
  clock.pass(450_000);
  pacer.stop();
  clock.pass(1_000_000);
  expect(due).toHaveLength(5);
  expect(await pacer.ended).toEqual({ toUs: pacer.fromUs + 450_000 });

  const schedule = arrivals({ rate: 1, arrivals: 'even', burst: 3, lengthUs: 1_000_000 }, seededRandom(1));
  let told = 0;
  const inner = new Pacer({
    ...{ schedule, clock, restUs: 250_000, onCaughtUp: () => undefined },
    onDue: () => {
      told += 1;
      inner.stop();
    },
  });
  clock.pass(1_000_000);
  expect([told, await inner.ended]).toEqual([1, { toUs: inner.fromUs }]);
});
