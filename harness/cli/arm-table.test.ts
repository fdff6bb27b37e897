import { expect, test } from 'vitest';
import type { ArmResult, Result } from '../report/result.ts';
import { passedResult } from '../test/sample-result.ts';
import { renderArmTable } from './arm-table.ts';
import { textWidth } from './text-width.ts';

/** Twelve arms with the given name and figures no machine reaches; those for a narrow terminal are merely large. */
function hugeResult(nameOf: (index: number) => string, scale: number): Result {
  const result = passedResult();
  const [arm] = result.arms;
  const huge = (factor: number) => ({
    median: 9_999_999_000 * factor,
    low: 8_888_888_888 * factor,
    high: 1e11 * factor,
  });
  const arms = Array.from(
    { length: 12 },
    (_, index): ArmResult => ({
      ...(arm as ArmResult),
      name: nameOf(index),
      verdict: 'valid',
      throughputMsgPerS: huge(scale),
      latencyUs: { p50: 1e9 * scale, p90: 1e10 * scale, p99: 1e11 * scale, p999: 1e12, max: 1e13 },
      errors: [
        { ...{ class: 'timeout', example: '' }, count: Math.round(1_234_567_890 * scale) },
      ] as ArmResult['errors'],
      connections: { ...(arm as ArmResult).connections, peak: 10_000, budget: 10_000 },
    }),
  );
  return { ...result, arms, checks: [] };
}

test.each([
  ['short', (index: number) => `arm${index}`],
  [
    'long',
    (index: number) => `push-legacy batch=10000 payloadBytes=1000000 partitions=${index} poolSize=10000 unified`,
  ],
  ['one word', (index: number) => `${'x'.repeat(120)}${index}`],
  ['wide letters', (index: number) => `${'消息队列'.repeat(12)} ${index}`],
])('twelve arms with %s names and huge numbers fit 100 columns and 80', (_, nameOf) => {
  for (const [width, scale] of [
    [80, 1e-3],
    [100, 1],
  ] as const) {
    const lines = renderArmTable(hugeResult(nameOf, scale), { width, colour: false }).split('\n');
    expect(lines.filter((line) => textWidth(line) > width)).toEqual([]);
    // Every arm is there, with its figures.
    expect(lines.filter((line) => line.includes(scale === 1 ? '9,999,999,000' : '9,999,999'))).toHaveLength(12);
    expect(lines.filter((line) => line.includes('10,000/10,000'))).toHaveLength(12);
  }
});
