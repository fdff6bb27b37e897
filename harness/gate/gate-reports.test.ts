import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { textWidth } from '../cli/text-width.ts';
import { failedGate, sampleGate, sampleMetric } from '../test/sample-gate.ts';
import { gateAnnotations } from './gate-annotations.ts';
import { renderGateMarkdown } from './gate-markdown.ts';
import { GateResultSchema } from './gate-result.ts';
import { renderGateJUnit } from './gate-suites.ts';
import { renderGateSummary } from './gate-terminal.ts';
import { renderIntervalPlot } from './interval-plot.ts';

const rule = { tolerated: 0.1 };

test('the samples fit the schema, and strangers in them do not', () => {
  const fits = new Ajv().compile(GateResultSchema);
  expect(fits(sampleGate()), JSON.stringify(fits.errors)).toBe(true);
  expect(fits(failedGate()), JSON.stringify(fits.errors)).toBe(true);
  expect(fits({ ...sampleGate(), stranger: 1 })).toBe(false);
});

test('the plot has worse on the left, for speeds and for costs, and fits 100 columns', () => {
  const slower = sampleMetric({ ratio: { estimate: 0.9, low: 0.88, high: 0.92 }, verdict: 'fail' });
  const dearer = sampleMetric({
    metric: { name: 'walBytes', unit: 'bytes', better: 'lower', kind: 'cost' },
    ratio: { estimate: 1.1, low: 1.08, high: 1.12 },
  });
  const faster = sampleMetric({ ratio: { estimate: 1.1, low: 1.08, high: 1.12 } });
  const lines = renderIntervalPlot([slower, dearer, faster], rule).split('\n');
  const places = lines.slice(0, 3).map((line) => ({ estimate: line.indexOf('●'), none: line.indexOf('│') }));
  expect(places[0]?.estimate).toBeLessThan(places[0]?.none ?? 0);
  expect(places[1]?.estimate).toBeLessThan(places[1]?.none ?? 0);
  expect(places[2]?.estimate).toBeGreaterThan(places[2]?.none ?? 0);
  for (const line of lines.slice(0, 3)) expect(line).toMatch(/├.*●.*┤/);
  for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(100);
  expect(lines.at(-1)).toContain('−10.0 %');
});

test('an interval that leaves the plot says so at its end', () => {
  const wide = sampleMetric({ ratio: { estimate: 1, low: 0.1, high: 9 } });
  const [line = ''] = renderIntervalPlot([wide], rule).split('\n');
  expect(line).toContain('◀');
  expect(line).toContain('▶');
  expect(renderIntervalPlot([sampleMetric({ ratio: null })], rule)).toBe('nothing was measured');
});

test('the terminal fits 100 columns, begins the verdict with its word and says what to do next', () => {
  for (const result of [
    sampleGate(),
    failedGate(),
    sampleGate({ metrics: [sampleMetric({ arm: 'x'.repeat(120) })] }),
  ]) {
    const text = renderGateSummary(result, { colour: false, width: 200, folder: 'reports/gate/x' });
    for (const line of text.split('\n')) expect(textWidth(line), line).toBeLessThanOrEqual(100);
    expect(text).toContain('report  reports/gate/x/gate.md');
  }
  const failed = renderGateSummary(failedGate(), { colour: false, width: 100, folder: 'r' });
  expect(failed).toContain('✗ fail: abc against main: slower.');
  expect(failed).toContain('next    look at what moved');
  expect(failed).toContain('what moved most: batch=100, server CPU µs +20.0 %');
  expect(failed).toContain('+2.90 µs a message in spin server/slowed/slow-down.ts');
});

test('nothing from outside is markup in Markdown', () => {
  const text = renderGateMarkdown(failedGate());
  expect(text).toContain('# ✗ Gate: fail');
  expect(text).toContain('&lt;b&gt;lost&lt;/b&gt;');
  expect(text).not.toContain('<b>');
  expect(text.split('\n').filter((line) => line.includes('<script>'))).toEqual([
    expect.stringContaining('`` insert into `t` values ($1) \\| <script> ``'),
  ]);
  expect(text).toContain(
    '| batch=100 | server CPU µs | 14.4 | 17.3 | +20.0 % | [+17.0 %, +23.0 %] | 6 | 3.0 % | ✗ fail |',
  );
});

test('a violated proof is told with its witness', () => {
  const result = sampleGate({
    verdict: 'invalid',
    metrics: [],
    violations: [
      {
        block: 2,
        side: 'candidate',
        check: 'accounting',
        verdict: 'invalid',
        summary: 'one is lost',
        witness: ['m`1'],
      },
    ],
    blocks: [{ number: 2, round: 'first', lead: 'base', durationMs: 1, proof: 'invalid' }],
  });
  expect(renderGateMarkdown(result)).toContain('block 2, the candidate: **accounting** is invalid: one is lost');
  const xml = renderGateJUnit(result);
  expect(xml).toContain('one is lost');
  expect(xml.match(/<failure/g)).toHaveLength(2);
  expect(gateAnnotations(result).map(({ kind }) => kind)).toEqual(['error', 'error']);
});

test('JUnit is green exactly when the gate passed', () => {
  expect(renderGateJUnit(sampleGate())).not.toMatch(/<failure|<error/);
  expect(renderGateJUnit(failedGate())).toMatch(/<failure/);
  expect(renderGateJUnit(sampleGate({ verdict: 'inconclusive' }))).toMatch(/<error/);
});

test('JUnit tells how long each block took', () => {
  const blocks = [{ number: 7, round: 'first', lead: 'base', durationMs: 15_250, proof: 'valid' }] as const;
  expect(renderGateJUnit(sampleGate({ blocks: [...blocks] }))).toMatch(/name="block 7"[^>]*time="15\.25"/);
});

test('a pass is a notice, a loss an error for the whole and one for each metric', () => {
  expect(gateAnnotations(sampleGate())).toEqual([
    { kind: 'notice', title: 'gate: pass', message: 'abc against main: no loss.' },
  ]);
  expect(gateAnnotations(failedGate()).map(({ kind }) => kind)).toEqual(['error', 'error', 'error']);
  expect(gateAnnotations(sampleGate({ verdict: 'inconclusive', reasons: ['why'] }))[0]).toEqual({
    kind: 'warning',
    title: 'gate: inconclusive',
    message: 'abc against main: no loss.\nwhy',
  });
});
