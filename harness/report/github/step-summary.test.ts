import { expect, test } from 'vitest';
import { hostileResult, passedResult, sampleResult, UNPROVEN_MSG_PER_S } from '../../test/sample-result.ts';
import { renderStepSummary } from './step-summary.ts';

test('verdict, answer, table, ratios, checks that are not valid, and where the report is', () => {
  const text = renderStepSummary(sampleResult(), 'reports/push-vs-legacy/2026');
  expect(text).toMatch(/^## ✗ push-vs-legacy: invalid\n/);
  expect(text).toContain('| `push` | 56,400 | [55,554, 57,584] |');
  expect(text).toContain('| `push / push-legacy` | throughput | 1.62× |');
  expect(text).toContain('✗ **accounting** invalid');
  expect(text).toContain('✗ `lost == 0` not met');
  expect(text).toContain('42 of 45 checks are valid');
  expect(text).toContain('The whole report is in `reports/push-vs-legacy/2026`');
  expect(text).not.toContain(UNPROVEN_MSG_PER_S.toLocaleString('en-GB'));
  const passed = renderStepSummary(passedResult(), 'r');
  expect(passed).toMatch(/^## ✓ push-vs-legacy: passed\n/);
  expect(passed).not.toContain('not valid');
});

test('stays small for any number of arms and checks, and for words of any length', () => {
  const sample = sampleResult();
  const [arm] = sample.arms;
  const arms = Array.from({ length: 5_000 }, (_, index) => ({ ...arm, name: `arm ${index}` })) as typeof sample.arms;
  const checks = arms.flatMap(({ name }) => sample.checks.map((check) => ({ ...check, arm: name })));
  const many = renderStepSummary({ ...sample, arms, checks }, 'r');
  expect(Buffer.byteLength(many)).toBeLessThanOrEqual(128 * 1024);
  expect(many).toContain('and 4940 more in the report');
  const huge = 'é😀'.repeat(200_000);
  const long = renderStepSummary({ ...sample, answer: huge, command: huge }, huge);
  expect(Buffer.byteLength(long)).toBeLessThanOrEqual(128 * 1024);
  expect(long).toContain('…and more in the report.');
  expect(long.isWellFormed()).toBe(true);
});

test('nothing from outside acts as markup', () => {
  const text = renderStepSummary(hostileResult(), 'r');
  // Outside of code spans, where it is shown as it is.
  const prose = text.replaceAll(/(?<![`\\])(`+)(?!`).*?(?<!`)\1(?!`)/g, '');
  expect(prose).not.toContain('<');
  expect(text).not.toContain('\u001b');
});
