import { expect, test } from 'vitest';
import { Ledger } from '../history/ledger.ts';
import type { IdleReading, ResourceSample } from '../history/resource-samples.ts';
import { connections, evidence, sample } from '../test/checkers-evidence.ts';
import { checkLeaks } from './leaks.ts';

const MB = 2 ** 20;

function reading(atMs: number, more: Partial<IdleReading> = {}): IdleReading {
  return { atMs, processes: 3, rssBytes: 900 * MB, descriptors: 334, threads: 64, cpuUs: 0, cpuShare: 0.02, ...more };
}

/** Looks at the sessions through both idle seconds. */
const SEEN = connections({
  samples: [100, 500, 900, 5000, 9100, 9500, 9900].map((atMs) => sample(atMs, { idleInTransaction: 0 })),
});

function judge(after: Partial<IdleReading>, more: Parameters<typeof evidence>[0] = {}) {
  const idle = [reading(1000), reading(10_000, after)];
  return checkLeaks(evidence({ resources: { samples: [], idle }, connections: SEEN, ...more }));
}

test('a server that is as it was before is valid; of its memory a short load says nothing', () => {
  expect(judge({ descriptors: 350, threads: 70, rssBytes: 2000 * MB, cpuShare: 0.15 })).toMatchObject({
    verdict: 'valid',
    summary: '350 descriptors and 70 threads, before the load 334 and 64; memory is judged in loads of 60 s and more',
    counts: { descriptorsBefore: 334, descriptorsAfter: 350, idleCpuPercent: 15, rssAfterMb: 2000 },
  });
});

test.each([
  ['50 more descriptors than before the load', { descriptors: 384 }],
  ['17 more threads than before the load', { threads: 81 }],
  ['it takes 0.98 cores with nothing to do', { cpuShare: 0.98 }],
])('a violation is told: %s', (words, after) => {
  expect(judge(after)).toMatchObject({ verdict: 'invalid', summary: words });
});

test.each([
  ['1 sessions stay in a transaction after the drain', { idleInTransaction: 1 }],
  ['77 sessions stay after the drain, before the load there were 76', { idleInTransaction: 0, async: 46 }],
])('a session that stays is told: %s', (words, more) => {
  const [early, late] = [
    SEEN.samples.filter(({ atMs }) => atMs < 6000),
    [9100, 9500, 9900].map((atMs) => sample(atMs, more)),
  ];
  expect(judge({}, { connections: { ...SEEN, samples: [...early, ...late] } })).toMatchObject({
    verdict: 'invalid',
    summary: words,
  });
  // One of the looks may well find a job at its work.
  const passing = [...early, ...late.slice(1), sample(9150, { idleInTransaction: 0 })];
  expect(judge({}, { connections: { ...SEEN, samples: passing } }).verdict).toBe('valid');
});

/** A load of so many seconds with a look at the memory in each. */
function withMemory(seconds: number, megabytes: (second: number) => number) {
  const ledger = new Ledger('r');
  ledger.complete(ledger.open({ producer: 0, partition: 0, messages: 1, invokedUs: 0 }), seconds * 1e6, 201);
  const samples: ResourceSample[] = Array.from({ length: seconds + 1 }, (_, second) => ({
    ...reading(second * 1000),
    rssBytes: megabytes(second) * MB,
  }));
  const idle = [reading(1000), reading(10_000)];
  return checkLeaks(evidence({ ledger, connections: SEEN, resources: { samples, idle } }));
}

test('memory that grows at first and then comes to rest is no leak, whatever the collector does', () => {
  // As measured: 900 MB, 1,040 after half a minute, then 1,064; with a saw of 60 MB upon it.
  const asMeasured = (second: number) => 900 + 140 * Math.min(second / 38, 1) + second / 3 + (second % 10) * 6;
  expect(withMemory(75, asMeasured)).toMatchObject({
    verdict: 'valid',
    summary: '334 descriptors and 64 threads, before the load 334 and 64',
    counts: { rssGrowthMb: expect.any(Number) },
  });
});

test('memory that grows without end is told, if the load was long enough to tell', () => {
  expect(withMemory(75, (second) => 900 + second * 5)).toMatchObject({
    verdict: 'invalid',
    summary: expect.stringMatching(/^memory grew by 18\d MB in the second half of the load$/),
  });
  expect(withMemory(30, (second) => 900 + second * 5).verdict).toBe('valid');
});

test.each([
  ['no /proc', { resources: { missing: 'no /proc' } }],
  ['not looked at in idleness', { resources: { samples: [], idle: [reading(0)] } }],
  ['nobody sampled', { connections: { missing: 'nobody sampled' } }],
  ['nobody looked at the sessions', { connections: connections({ samples: [sample(0)] }) }],
])('unknown: %s', (words, more) => {
  expect(judge({}, more)).toMatchObject({ verdict: 'unknown', summary: expect.stringContaining(words) });
});
