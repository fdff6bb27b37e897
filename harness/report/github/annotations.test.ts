import { describe, expect, test } from 'vitest';
import { hostileResult, passedResult, sampleResult } from '../../test/sample-result.ts';
import { defectsAnnotations, resultAnnotations } from './annotations.ts';
import { type Annotation, annotationLines } from './workflow-command.ts';

describe('resultAnnotations', () => {
  test('violations and unmet expectations are errors, what is not known a warning, a check of several rounds one line', () => {
    const told = resultAnnotations(sampleResult()).map(({ kind, title }) => `${kind} ${title}`);
    expect(told).toEqual([
      'error push-vs-legacy: invalid',
      'error push-vs-legacy: accounting invalid',
      'warning push-vs-legacy: server-errors unknown',
      'error push-vs-legacy: not met',
      'warning push-vs-legacy: not known',
    ]);
    expect(resultAnnotations(sampleResult())[1]?.message).toMatch(
      /^push created_at-cursor .*, rounds 1, 2: of .* 3 storedUnreachable\nmessage r3k9-120311/,
    );
  });

  test('a run that passed is one notice with its answer', () => {
    expect(resultAnnotations(passedResult())).toEqual([
      { kind: 'notice', title: 'push-vs-legacy: passed', message: passedResult().answer },
    ]);
  });

  test('an interrupted run is a warning, and one that the load generator limited as well', () => {
    const passed = passedResult();
    const arms = passed.arms.map((arm) => ({ ...arm, inconclusive: 'busy' }));
    const kinds = resultAnnotations({ ...passed, verdict: 'interrupted', arms }).map(({ kind }) => kind);
    expect(kinds).toEqual(['warning', 'warning', 'warning']);
  });
});

test('of defects what was missed is an error', () => {
  const trial = { workload: 'smoke', witness: 'w', alsoCaughtBy: [], durationMs: 1 };
  const trials = [
    { ...trial, defect: 'none', caughtBy: null, verdict: 'unknown' as const },
    { ...trial, defect: 'leak', caughtBy: 'leaks', verdict: 'missed' as const },
    { ...trial, defect: 'skip-locked', caughtBy: 'skip', verdict: 'caught' as const },
  ];
  const result = { scenario: 'defects', verdict: 'failed', answer: '1 of 2', trials };
  const told = defectsAnnotations(result as unknown as Parameters<typeof defectsAnnotations>[0]);
  expect(told.map(({ kind, title }) => `${kind} ${title}`)).toEqual([
    'error defects: failed',
    'warning defects: the good server unknown',
    'error defects: leak missed',
  ]);
});

describe('annotationLines', () => {
  const many = (count: number, kind: Annotation['kind']): readonly Annotation[] =>
    Array.from({ length: count }, (_, index) => ({ kind, title: `t${index}`, message: 'm' }));

  test('escapes what has a meaning in a command, in a property more than in the message', () => {
    const lines = annotationLines([{ kind: 'error', title: 'a,b: 100 %\nc', message: 'x\r\ny: 50 %, ::z' }]);
    // A carriage return is a control character like others: only line breaks and tabs are kept.
    expect(lines).toEqual(['::error title=a%2Cb%3A 100 %25%0Ac::x\ufffd%0Ay: 50 %25, ::z']);
  });

  test('keeps at most ten of each kind, and tells how many are left out', () => {
    const lines = annotationLines([...many(10, 'notice'), ...many(25, 'error'), ...many(11, 'warning')]);
    const of = (kind: string) => lines.filter((line) => line.startsWith(`::${kind} `));
    expect([of('error').length, of('warning').length, of('notice').length]).toEqual([10, 10, 10]);
    expect(of('error').at(-1)).toBe('::error title=queueproof::and 16 more in the report');
    expect(of('warning').at(-1)).toContain('and 2 more');
    expect(of('notice').at(-1)).toContain('title=t9');
  });

  test('one line each, whatever comes from outside, and of bounded length', () => {
    const annotations = resultAnnotations(hostileResult());
    const long: Annotation = { kind: 'error', title: 't', message: 'x'.repeat(100_000) };
    for (const line of annotationLines([...annotations, long])) {
      expect(line).toMatch(/^::(error|warning|notice) title=[^:,]*::[^\r\n]*$/);
      expect(line).not.toContain('\u001b');
      expect(line.length).toBeLessThan(4_000);
    }
  });
});
