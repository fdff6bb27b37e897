import { expect, test } from 'vitest';
import { compareRuns, machineDifferences } from './bench-comparison.ts';
import { renderComparison } from './comparison-table.ts';
import { sampledFigure } from './sampled-figure.ts';

const MACHINE = { node: 'v24.1.0', cpu: 'A CPU', cores: 2, memoryBytes: 1, os: 'Linux', git: 'abc' };

const figure = (what: string, samples: readonly number[]) => sampledFigure(what, 'ns/id', samples, 1);
const slow = [20, 21, 20, 21, 20];
const quick = [10, 11, 10, 11, 10];

const saved = {
  savedAt: '2026-01-02T03:04:05.000Z',
  machine: MACHINE,
  benches: [
    { name: 'ids', question: '', figures: [figure('make', quick), figure('gone', quick)].map(mutable), bars: [] },
    { name: 'not run now', question: '', figures: [mutable(figure('make', quick))], bars: [] },
  ],
};

function mutable({ samples = [], ...rest }: ReturnType<typeof figure>) {
  return { ...rest, samples: [...samples] };
}

const outcomes = new Map([
  [{ name: 'ids' }, { figures: [figure('make', slow), figure('new', slow)], bars: [] }],
  [{ name: 'new bench' }, { figures: [figure('make', slow)], bars: [] }],
]);

test('figures are paired by bench and name; what only one run has is named', () => {
  const comparison = compareRuns(outcomes, saved, 1);
  expect(comparison.figures.map(({ bench, figure: { what }, compared }) => [bench, what, compared])).toEqual([
    ['ids', 'make', expect.objectContaining({ difference: 'slower' })],
  ]);
  expect(comparison.onlyNow).toEqual(['ids: new', 'new bench: make']);
  expect(comparison.onlyBefore).toEqual(['ids: gone']);
});

test('runs of one machine, whatever the commit', () => {
  const now = { ...MACHINE, git: 'def' };
  expect(machineDifferences(now, MACHINE)).toEqual([]);
  const text = renderComparison(compareRuns(outcomes, saved, 1), {
    before: saved,
    now: { machine: now },
    differences: [],
  });
  expect(text).toContain('Before: 2026-01-02 03:04:05 UTC, abc. Now: def.');
  expect(text).toMatch(/ids: make +10\.0 +20\.0 +ns\/id +2\.00 +\[1\.\d\d, 2\.\d\d\] +slower/);
  expect(text).toContain('not compared: only measured before: ids: gone');
  expect(text).not.toContain('WARNING');
});

test('another machine or Node.js is said loudly, and compared all the same', () => {
  const now = { ...MACHINE, node: 'v24.2.0', cores: 8 };
  const differences = machineDifferences(now, MACHINE);
  expect(differences).toEqual(['node: v24.1.0 before, v24.2.0 now', 'cores: 2 before, 8 now']);
  const text = renderComparison(compareRuns(outcomes, saved, 1), { before: saved, now: { machine: now }, differences });
  expect(text.split('\n')[0]).toBe('WARNING: not the same machine; node: v24.1.0 before, v24.2.0 now');
  expect(text).toContain('slower');
});
