import { expect, test } from 'vitest';
import { passedResult, sampleResult } from '../../test/sample-result.ts';
import type { ArmResult, CheckRecord, Result } from '../result.ts';
import { funnels } from './funnel.ts';

const textOf = (result: Result) =>
  funnels(result)
    .text.replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ');

/** One arm, one round, with the counts of these checks. */
function resultOf(counts: Readonly<Record<string, CheckRecord['counts']>>, groups?: number): Result {
  const { arms, ...result } = passedResult();
  const [arm] = arms as [ArmResult];
  const checks = Object.entries(counts).map(
    ([name, own]): CheckRecord => ({
      ...{ name, arm: arm.name, round: 1, verdict: 'valid', summary: '', witness: [] },
      counts: { ...own },
    }),
  );
  const parameters = { ...arm.parameters, ...(groups === undefined ? {} : { 'consumers.groups': groups }) };
  return { ...result, arms: [{ ...arm, parameters }], checks };
}

const ACCOUNTING = { attempted: 1000, acknowledged: 990, stored: 995, delivered: 995, lost: 0, duplicated: 0 };

test('every step tells what changed since the one before', () => {
  expect(textOf(resultOf({ accounting: ACCOUNTING }))).toMatch(
    /attempted 1,000 acknowledged 990 −10 stored 995 \+5 delivered 995 acked no acks: popped with autoAck lost 0 · duplicated 0/,
  );
});

test('acked are the messages that a consumer completed, of several groups so many as each did', () => {
  const checks = { accounting: ACCOUNTING, acks: { sent: 1990 }, redelivery: { completed: 1980 } };
  expect(textOf(resultOf(checks))).toContain('delivered 995 acked 1,980 +985');
  expect(textOf(resultOf(checks, 2))).toContain('delivered 995 acked 990 −5');
});

test('what nobody counted is no 0', () => {
  const { stored: _, ...counted } = ACCOUNTING;
  const text = textOf(resultOf({ accounting: counted, acks: {}, redelivery: {} }));
  expect(text).toContain('stored not counted delivered 995 acked not counted');
});

test('a loss is marked', () => {
  expect(funnels(sampleResult()).text).toContain('<b class="bad">lost 5</b>');
});

test('so many arms that their funnels would be pages are a table alone', () => {
  const sample = passedResult();
  const [accounting] = sample.checks as [CheckRecord];
  const checks = Array.from({ length: 24 }, (_, index) => ({ ...accounting, arm: `arm ${index}` }));
  const { text } = funnels({ ...sample, checks });
  expect(text).not.toContain('class="funnels"');
  expect(text).toContain('arm 23');
});
