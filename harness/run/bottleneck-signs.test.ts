import { expect, test } from 'vitest';
import { bottleneckSigns } from './bottleneck-signs.ts';
import type { RunRecord } from './run-record.ts';

interface Told {
  readonly route?: string;
  readonly serverUs?: number | undefined;
  readonly workers?: RunRecord['spending']['load']['workers'];
  readonly loop?: number;
  readonly waits?: readonly { readonly of: string; readonly values: readonly (number | null)[] }[];
}

const WORKERS = { elapsedMs: 1_000, busiestLoop: 0.5, poolWaitUs: 300_000, allocatedBytes: 0 };

/** A window of a second on the clock from 1 s to 2 s; CPU times were read from 1.2 s, when the load was over at 2.5 s. */
function runOf(told: Told = {}): RunRecord {
  const { route = 'push', serverUs = 400_000, workers = WORKERS, loop = 0.6, waits = [] } = told;
  return {
    planned: { arm: { load: { route } } },
    measured: [{ fromUs: 1_000_000, toUs: 2_000_000 }],
    summary: { windowMs: 1_000 },
    cpu: {
      ...{ serverUs: 'serverUs' in told ? told.serverUs : serverUs, postgresUs: 800_000, loadGeneratorUs: 500_000 },
      spans: [{ fromUs: 1_200_000, toUs: 2_500_000 }],
    },
    spending: { load: { workers: 'workers' in told ? told.workers : workers }, requestTimeUs: 3_000_000 },
    loadEventLoopUtilization: loop,
    system: {
      sources: [{ atMs: [-500, 0, 500], series: waits.map((series) => ({ metric: 'waits', ...series })) }],
    },
  } as unknown as RunRecord;
}

test('CPU times are shares of the part of their readings in which the load was there', () => {
  const { serverEventLoop, ...signs } = bottleneckSigns([runOf()], 2) ?? {};
  expect(serverEventLoop).toBe(0.5);
  expect(signs).toEqual({
    cores: 2,
    serverCpuShare: 0.25,
    postgresCpuShare: 0.5,
    generatorCpuShare: 0.25,
    generatorEventLoop: 0.6,
    poolWaitShare: 0.1,
  });
});

test('of several rounds the busiest loops count; a sign that one of them does not tell is absent', () => {
  const busier = { ...WORKERS, busiestLoop: 0.8 };
  const all = [runOf({ loop: 0.4, workers: busier }), runOf()];
  expect(bottleneckSigns(all, 2)).toMatchObject({
    generatorEventLoop: 0.6,
    serverEventLoop: 0.8,
    postgresCpuShare: 0.5,
  });
  const signs = bottleneckSigns([...all, runOf({ workers: undefined })], 2);
  expect(signs?.serverEventLoop).toBeUndefined();
  expect(signs?.poolWaitShare).toBeUndefined();
});

test('the thread-pool route has no pool whose waits are known', () => {
  expect(bottleneckSigns([runOf({ route: 'push-legacy' })], 2)?.poolWaitShare).toBeUndefined();
});

test('waits of sessions are taken from the measured windows', () => {
  const waits = [
    { of: 'IO: WalSync', values: [90, 2, 1] },
    { of: 'running', values: [0, 1, null] },
  ];
  expect(bottleneckSigns([runOf({ waits })], 2)).toMatchObject({ walWaitShare: 0.75, lockWaitShare: 0 });
});

test('without CPU times nothing can be said', () => {
  expect(bottleneckSigns([runOf({ serverUs: undefined })], 2)).toBeUndefined();
});
