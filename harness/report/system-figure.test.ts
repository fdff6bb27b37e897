import { expect, test } from 'vitest';
import { sampleResult } from '../test/sample-result.ts';
import type { Result } from './result.ts';
import { stalls, systemFigures, unwatched } from './system-figure.ts';
import type { SystemRecord } from './system-record.ts';

function resultOf(system: readonly SystemRecord[] | undefined): Result {
  const result = sampleResult();
  const [first] = result.arms;
  if (first === undefined) throw new Error('a sample without arms');
  const { faults: _, system: __, ...arm } = first;
  return {
    ...result,
    arms: [{ ...arm, ...(system === undefined ? {} : { system: [...system] }) }],
  };
}

const source = (name: string, atMs: number[], series: SystemRecord['sources'][number]['series']) => ({
  ...{ source: name, atMs, series },
});

const SEEN: SystemRecord = {
  round: 1,
  sources: [
    source(
      'server',
      [-500, 0, 500, 1000],
      [
        { metric: 'eventLoopUtilization', of: 'worker 1', values: [1, 0.2, 0.5, null] },
        { metric: 'eventLoopUtilization', of: 'worker 2', values: [1, 0.3, 0.4, 0.9] },
        { metric: 'eventLoopDelayMs', of: 'worker 2', values: [9000, 4, 620, 2] },
        { metric: 'poolWaiting', of: 'server', values: [50, 0, 12, null] },
      ],
    ),
    source(
      'processes',
      [0, 1000],
      [
        { metric: 'cpuCores', of: 'primary', values: [0.1, 0.1] },
        { metric: 'cpuCores', of: 'worker 1', values: [0.5, 0.7] },
        { metric: 'rssBytes', of: 'PostgreSQL', values: [2 ** 20, 3 * 2 ** 20] },
      ],
    ),
    source(
      'sessions',
      [0, 100],
      [
        { metric: 'sessions', of: 'idle', values: [40, 40] },
        { metric: 'waits', of: 'running', values: [3, 0] },
        { metric: 'waits', of: 'IO: WalSync', values: [2, 5] },
      ],
    ),
  ],
  absent: [],
};

test('median and peak are those of the busiest worker in the measured window; what was not seen is not 0', () => {
  expect(systemFigures(resultOf([SEEN]))).toEqual([
    {
      arm: 'push',
      workerBusy: '50 / 90 %',
      workerDelay: '4.00 / 620 ms',
      generatorBusy: '–',
      generatorDelay: '–',
      poolWaiting: '6 / 12',
      cores: '0.70 · – · –',
      memory: '– · 3.00',
      waits: 'IO: WalSync 70 %, running 30 %',
    },
  ]);
});

test('a stall outside the warm-up is told in a sentence, unless faults make them', () => {
  const result = resultOf([SEEN]);
  expect(stalls(result)).toEqual(['push: the event loop of worker 2 stood still for 620 ms']);
  const [arm] = result.arms;
  const faults = sampleResult().arms[0]?.faults ?? [];
  expect(stalls({ ...result, arms: arm === undefined ? [] : [{ ...arm, faults }] })).toEqual([]);
});

test('what was not watched is said once, and has no figure', () => {
  const blind = { round: 1, sources: [], absent: ['processes: darwin has no /proc to look at processes in'] };
  const result = resultOf([blind, { ...blind, round: 2 }]);
  expect(systemFigures(result)).toEqual([]);
  expect(unwatched(result)).toEqual(blind.absent);
  expect(unwatched(resultOf(undefined))).toEqual([]);
});
