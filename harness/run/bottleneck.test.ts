import { expect, test } from 'vitest';
import { type BottleneckSigns, bottleneckOf } from './bottleneck.ts';

/** Eight cores that are hardly busy, and nothing that is waited for. */
const QUIET: BottleneckSigns = {
  cores: 8,
  postgresCpuShare: 0.1,
  serverCpuShare: 0.12,
  generatorCpuShare: 0.05,
  generatorEventLoop: 0.4,
  serverEventLoop: 0.5,
  walWaitShare: 0.1,
  lockWaitShare: 0.05,
  poolWaitShare: 0.01,
};

test.each<readonly [string, Partial<BottleneckSigns>, string]>([
  [
    'PostgreSQL CPU',
    { postgresCpuShare: 0.5, serverCpuShare: 0.3 },
    'PostgreSQL CPU: 50 % of the CPU time there is; the run took 85 % of the 8 cores; next server CPU (30 % of the CPU time there is).',
  ],
  [
    'server CPU',
    { postgresCpuShare: 0.2, serverCpuShare: 0.7 },
    'server CPU: 70 % of the CPU time there is; the run took 95 % of the 8 cores; next PostgreSQL CPU (20 % of the CPU time there is).',
  ],
  [
    'load generator that takes most of the cores',
    { generatorCpuShare: 0.7 },
    'load generator: 70 % of the CPU time there is; the run took 92 % of the 8 cores; next server CPU (12 % of the CPU time there is).',
  ],
  [
    'load generator whose one thread can do no more',
    { generatorEventLoop: 0.97 },
    "load generator: 97 % of the time of its event loop; the run took 27 % of the 8 cores; next event loop (50 % of the time of the server's busiest worker).",
  ],
  [
    'event loop',
    { serverEventLoop: 0.96, walWaitShare: 0.6 },
    "event loop: 96 % of the time of the server's busiest worker; the run took 27 % of the 8 cores; next WAL fsync (60 % of the time of the server's sessions).",
  ],
  [
    'WAL fsync',
    { walWaitShare: 0.62 },
    "WAL fsync: 62 % of the time of the server's sessions; the run took 27 % of the 8 cores; next event loop (50 % of the time of the server's busiest worker).",
  ],
  [
    'lock wait',
    { lockWaitShare: 0.7, walWaitShare: 0.6 },
    "lock wait: 70 % of the time of the server's sessions; the run took 27 % of the 8 cores; next WAL fsync (60 % of the time of the server's sessions).",
  ],
  [
    'pool wait',
    { poolWaitShare: 0.8 },
    "pool wait: 80 % of the time of requests; the run took 27 % of the 8 cores; next event loop (50 % of the time of the server's busiest worker).",
  ],
])('names the limit and the runner-up: %s', (_, signs, sentence) => {
  expect(bottleneckOf({ ...QUIET, ...signs })).toBe(sentence);
});

test('an event loop that only waits for a core is not the limit', () => {
  const signs = { ...QUIET, cores: 2, postgresCpuShare: 0.6, serverCpuShare: 0.3, serverEventLoop: 0.99 };
  expect(bottleneckOf({ ...signs, generatorEventLoop: 0.99 })).toMatch(/^PostgreSQL CPU: /);
});

test('what was not measured is not named, and that something is missing is said', () => {
  const { serverEventLoop: _, walWaitShare: __, lockWaitShare: ___, poolWaitShare: ____, ...known } = QUIET;
  expect(bottleneckOf(known)).toBe(
    'no part that was measured: the run took 27 % of the 8 cores; waiting sets the pace, as for commits, locks and round trips; nearest load generator (40 % of the time of its event loop).',
  );
});

test('short waits do not set the pace, though nothing else was seen', () => {
  expect(bottleneckOf(QUIET)).toMatch(/^no part that was measured: .* nearest event loop \(50 %/);
});
