import { expect, test } from 'vitest';
import { textWidth } from '../cli/text-width.ts';
import type { Result } from '../report/result.ts';
import { hostileResult, passedResult, sampleResult } from '../test/sample-result.ts';
import { compareRuns } from './compare-runs.ts';
import { renderComparisonMarkdown } from './comparison-markdown.ts';
import { renderComparison } from './comparison-terminal.ts';

const compared = (before: Result, after: Result) =>
  compareRuns(
    { kind: 'run', folder: 'reports/a', result: before },
    { kind: 'run', folder: 'reports/b', result: after },
  );

const [push, ...others] = passedResult().arms;
const limited: Result = {
  ...passedResult(),
  arms: push === undefined ? [] : [{ ...push, inconclusive: 'busy' }, ...others],
};

test('figures beside each other, with ratio and interval', () => {
  const text = renderComparison(compared(passedResult(), passedResult()), false);
  expect(text).toContain('before  reports/a: push-vs-legacy, 2026-11-24 10:23:01 UTC, passed');
  expect(text).toMatch(/^ {2}msg\/s +56,400 +56,400 +1\.00× +\[0\.96, 1\.04\]$/m);
  expect(text).toMatch(/^ {2}share of the ceiling +0\.64 +0\.64 +1\.00×/m);
  expect(text).toMatch(/^ {2}p50 ms +24\.1 +24\.1 +1\.00×$/m);
  expect(text).toContain('note: The two runs were made at different times');
  expect(renderComparison(compared(passedResult(), limited), false)).toMatch(/msg\/s +56,400 +≥ 56,400 +–/);
});

test('fits 100 columns, and nothing from outside moves the cursor', () => {
  for (const [before, after] of [
    [sampleResult(), hostileResult()],
    [hostileResult(), hostileResult()],
    [passedResult(), limited],
  ] as const) {
    const text = renderComparison(compared(before, after), false);
    expect(text).not.toContain('\u001b');
    expect(Math.max(...text.split('\n').map(textWidth))).toBeLessThanOrEqual(100);
  }
});

test('the same as Markdown, escaped', () => {
  const text = renderComparisonMarkdown(compared(passedResult(), sampleResult()));
  expect(text).toContain('| msg/s | 56,400 | 56,400 | 1.00× | [0.96, 1.04] |  |');
  expect(text).toContain('only after: push poolSize=150');
  const hostile = renderComparisonMarkdown(compared(hostileResult(), sampleResult()));
  expect(hostile.replaceAll(/(?<![`\\])(`+)(?!`).*?(?<!`)\1(?!`)/g, '')).not.toContain('<');
});
