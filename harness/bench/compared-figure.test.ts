import { expect, test } from 'vitest';
import { seededRandom } from '../measure/seeded-random.ts';
import { type ComparedFigure, compareFigure } from './compared-figure.ts';
import { sampledFigure } from './sampled-figure.ts';

/** As the command line takes them. */
const SAMPLES = 15;
/** Thousands of resamples for each of hundreds of comparisons. */
const TIMEOUT_MS = 30_000;

/** Times of processes: around 100, a few of them much slower because something else ran. */
function timesOf(random: () => number, factor = 1): readonly number[] {
  return Array.from({ length: SAMPLES }, () => {
    const jitter = 1 + 0.06 * (random() + random() + random() - 1.5);
    return 100 * factor * jitter * (random() < 0.1 ? 1 + random() : 1);
  });
}

function wordOf({ compared }: ComparedFigure): string | undefined {
  return 'missing' in compared ? undefined : compared.difference;
}

function differences(factor: number, pairs: number) {
  const random = seededRandom(11);
  return Array.from({ length: pairs }, (_, pair) => {
    const before = sampledFigure('work', 'ns/piece', timesOf(random), pair);
    const now = sampledFigure('work', 'ns/piece', timesOf(random, factor), pair);
    return wordOf(compareFigure(now, before, pair));
  });
}

function shareOf(difference: string, all: ReturnType<typeof differences>): number {
  return all.filter((candidate) => candidate === difference).length / all.length;
}

test(
  'the same work, measured twice: at least 94 of 100 comparisons show no difference',
  () => {
    expect(shareOf('no difference shown', differences(1, 200))).toBeGreaterThanOrEqual(0.94);
  },
  TIMEOUT_MS,
);

// With such outliers 97 of 100 are found, and with 10 samples only 85; without outliers all.
test(
  'work that became 20 % slower or faster is told so, and never the other way round',
  () => {
    const slower = differences(1.2, 100);
    expect(shareOf('slower', slower)).toBeGreaterThanOrEqual(0.9);
    expect(slower).not.toContain('faster');
    const faster = differences(1 / 1.2, 100);
    expect(shareOf('faster', faster)).toBeGreaterThanOrEqual(0.9);
    expect(faster).not.toContain('slower');
  },
  TIMEOUT_MS,
);

const figure = (unit: string, samples: readonly number[]) => sampledFigure('work', unit, samples, 1);

test.each([
  ['ns/piece', 'slower'],
  ['ms', 'slower'],
  ['requests/s', 'faster'],
  ['MB', 'larger'],
])('more %s is %s', (unit, difference) => {
  const before = figure(unit, [10, 11, 10, 11, 10]);
  const now = figure(unit, [20, 21, 20, 21, 20]);
  expect(compareFigure(now, before, 1)).toMatchObject({ compared: { difference, ratio: { median: 2 } } });
  const opposite = { slower: 'faster', faster: 'slower', larger: 'smaller' }[difference];
  expect(wordOf(compareFigure(before, now, 1))).toBe(opposite);
});

test('without samples, or with too few, nothing is said, with the reason', () => {
  const enough = figure('ms', [1, 2, 3, 4, 5]);
  const { samples: _samples, ...bare } = enough;
  expect(compareFigure(enough, bare, 1)).toMatchObject({
    compared: { missing: 'it is not the median of samples' },
  });
  expect(compareFigure(figure('ms', [1, 2, 3, 4]), enough, 1)).toMatchObject({
    compared: { missing: 'it needs 5 samples a side and has 4' },
  });
});
