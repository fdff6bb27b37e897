import { expect, test } from 'vitest';
import { SystemRecorder, samplesWithin, thinSamples } from './system-samples.ts';

/** A sample every millisecond: a delay of 1 ms but for one of 90, a pool that is not told of at first. */
function samples(count: number) {
  const recorder = new SystemRecorder('server');
  for (let index = 0; index < count; index += 1) {
    const delay = { metric: 'eventLoopDelayMs', of: 'worker 1', value: index === 501 ? 90 : 1 } as const;
    const pool = { metric: 'poolSize', of: 'server', value: index } as const;
    recorder.add(index * 1000, index < 10 ? [delay] : [delay, pool]);
  }
  return recorder.samples();
}

test('what comes later, or not at all, is null in the columns, and never 0', () => {
  const recorder = new SystemRecorder('server');
  recorder.add(1, [{ metric: 'eventLoopDelayMs', of: 'worker 1', value: 0 }]);
  recorder.add(2, []);
  recorder.add(3, [
    { metric: 'eventLoopDelayMs', of: 'worker 1', value: 5 },
    { metric: 'eventLoopDelayMs', of: 'worker 2', value: 6 },
  ]);
  expect(recorder.samples()).toEqual({
    source: 'server',
    atUs: [1, 2, 3],
    series: [
      { metric: 'eventLoopDelayMs', of: 'worker 1', values: [0, null, 5] },
      { metric: 'eventLoopDelayMs', of: 'worker 2', values: [null, null, 6] },
    ],
  });
});

test('however many there were, so few are left, with every peak of what must not be hidden', () => {
  const { atUs, series } = thinSamples(samples(1000), 60);
  expect(atUs.length).toBeLessThanOrEqual(60);
  expect(atUs[0]).toBe(8_000);
  const [delay, pool] = series;
  expect(delay?.values.filter((value) => value === 90)).toHaveLength(1);
  // The mean of 10 to 16: what was not told does not count as 0.
  expect(pool?.values[0]).toBe(13);
  expect(series.every(({ values }) => values.length === atUs.length)).toBe(true);
  expect(thinSamples(samples(60), 60)).toEqual(samples(60));
});

test('of a stretch of time only that is left, without what told nothing in it', () => {
  const { atUs, series } = samplesWithin(samples(1000), [{ fromUs: 2_000, toUs: 5_000 }]);
  expect(atUs).toEqual([2_000, 3_000, 4_000, 5_000]);
  expect(series.map(({ metric }) => metric)).toEqual(['eventLoopDelayMs']);
});
