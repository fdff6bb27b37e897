import { expect, test } from 'vitest';
import { type SystemReading, SystemRecorder } from '../measure/system-samples.ts';
import { watchedSystem } from './watched-system.ts';

/** Everything that is told of 8 workers, twice a second through five minutes, and what sessions do ten times a second. */
function longRun() {
  const server = new SystemRecorder('server');
  const sessions = new SystemRecorder('sessions');
  const noise = (index: number) => Math.abs(Math.sin(index * 12.9898)) * 43.7;
  for (let ms = 0; ms < 300_000; ms += 100) {
    const readings = Array.from({ length: 8 }, (_, worker): SystemReading[] => [
      { metric: 'eventLoopUtilization', of: `worker ${worker}`, value: noise(ms + worker) },
      { metric: 'eventLoopDelayMs', of: `worker ${worker}`, value: noise(ms - worker) },
    ]);
    if (ms % 500 === 0) server.add(ms * 1000, readings.flat());
    sessions.add(
      ms * 1000,
      readings.flat().map(({ value }, index) => ({ metric: 'waits', of: `LWLock: W${index}`, value })),
    );
  }
  return { sight: { samples: [server.samples()], absent: [] }, activity: sessions.samples() };
}

const TIMES = { loadedFromUs: 10_000_000, measuredFromUs: 12_000_000, measuredToUs: 290_000_000 };

test('a run of five minutes takes few kilobytes, on the time axis of its measured window', () => {
  const record = watchedSystem({ round: 2, ...longRun(), ...TIMES });
  expect(JSON.stringify(record).length).toBeLessThan(40_000);
  expect(record.round).toBe(2);
  for (const { atMs, series } of record.sources) {
    expect(atMs.length).toBeLessThanOrEqual(60);
    expect(atMs[0]).toBeGreaterThanOrEqual(-2_000);
    expect(atMs[0]).toBeLessThan(4_000);
    expect(atMs.at(-1)).toBeLessThanOrEqual(278_000);
    expect(series).toHaveLength(16);
  }
});

test('of a run in slices only moments in its slices are told', () => {
  const slices = [
    { fromUs: 20_000_000, toUs: 20_450_000 },
    { fromUs: 30_000_000, toUs: 30_450_000 },
  ];
  const { sources, absent } = watchedSystem({ round: 1, ...longRun(), ...TIMES, slices });
  expect(sources.map(({ source }) => source)).toEqual(['sessions']);
  expect(sources[0]?.atMs).toEqual([
    ...[8_000, 8_100, 8_200, 8_300, 8_400],
    ...[18_000, 18_100, 18_200, 18_300, 18_400],
  ]);
  expect(new Set(sources[0]?.series.map(({ metric }) => metric))).toEqual(new Set(['waits']));
  expect(absent).toEqual(['event loops and CPU: their samples are longer than a slice']);
});

test('what could not be watched is said, and no source is made up for it', () => {
  const record = watchedSystem({
    round: 1,
    sight: { samples: [], absent: ["the server's metrics: GET /metrics/prometheus was answered with HTTP 404"] },
    activity: { missing: 'the database is not known' },
    ...TIMES,
  });
  expect(record).toEqual({
    round: 1,
    sources: [],
    absent: [
      "the server's metrics: GET /metrics/prometheus was answered with HTTP 404",
      'sessions: the database is not known',
    ],
  });
});
