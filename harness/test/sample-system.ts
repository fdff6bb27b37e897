import type { SystemMetric } from '../measure/system-samples.ts';
import type { SystemRecord } from '../report/system-record.ts';

const MIB = 2 ** 20;

/** How the system might have been in one run of 10 s after 1.5 s of warm-up; PostgreSQL was down from 2 s to 4.5 s. */
export function sampleSystem(round: number, name: string): SystemRecord {
  const steps = (everyMs: number) =>
    Array.from({ length: Math.floor(11_500 / everyMs) }, (_, index) => -1_500 + (index + 1) * everyMs);
  const source = (
    source: string,
    everyMs: number,
    of: readonly (readonly [SystemMetric, string, number, number])[],
  ) => {
    const atMs = steps(everyMs);
    const series = of.map(([metric, of, level, swing]) => ({
      ...{ metric, of },
      values: atMs.map((ms) => (ms > 2_000 && ms < 3_000 ? null : level + swing * Math.sin((ms + round * 900) / 700))),
    }));
    return { source, atMs, series };
  };
  return {
    round,
    sources: [
      source('server', 500, [
        ['eventLoopUtilization', 'worker 1', 0.71, 0.1],
        ['eventLoopUtilization', 'worker 2', 0.66, 0.12],
        ['eventLoopDelayMs', 'worker 1', 6, 5],
        ['eventLoopDelayMs', 'worker 2', 8, 6],
        ['poolSize', 'server', 45, 0],
        ['poolInUse', 'server', 22, 8],
        ['poolIdle', 'server', 23, 8],
        ['poolWaiting', 'server', 3, 3],
      ]),
      source('processes', 1000, [
        ['cpuCores', 'primary', 0.02, 0.01],
        ['cpuCores', 'worker 1', 0.44, 0.1],
        ['cpuCores', 'worker 2', 0.41, 0.1],
        ['cpuCores', 'PostgreSQL', 0.72, 0.15],
        ['rssBytes', 'primary', 71 * MIB, MIB],
        ['rssBytes', 'worker 1', 142 * MIB, 6 * MIB],
        ['rssBytes', 'worker 2', 139 * MIB, 5 * MIB],
        ['rssBytes', 'PostgreSQL', 388 * MIB, 12 * MIB],
      ]),
      source('load generator', 250, [
        ['eventLoopUtilization', 'load generator', 0.36, 0.06],
        ['eventLoopDelayMs', 'load generator', 3, 2],
        ['cpuCores', 'load generator', 0.3, 0.05],
        ['rssBytes', 'load generator', 118 * MIB, 3 * MIB],
      ]),
      source('sessions', 200, [
        ['sessions', 'active', 9, 4],
        ['sessions', 'idle', 66, 4],
        ['waits', 'running', 4, 2],
        ['waits', 'IO: WalSync', 3, 2],
        ['waits', 'LWLock: WALWrite', 2, 1],
      ]),
    ],
    absent: name === 'push' ? [] : [`the server's metrics: GET /metrics/prometheus was answered with HTTP 404`],
  };
}
