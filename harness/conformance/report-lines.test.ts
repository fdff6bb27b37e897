import { describe, expect, test } from 'vitest';
import { ALL_BEHAVIOURS, selectBehaviours } from './all-behaviours.ts';
import { exitCodeOf } from './judge-target.ts';
import { countOutcomes, type Finding, type Outcome } from './outcome.ts';
import { jsonReport, OutcomePrinter, outcomeLines, summaryLine } from './report-lines.ts';
import { toCurl } from './sent-request.ts';

function outcome(finding: Finding, fields: Partial<Pick<Outcome, 'id' | 'section'>> = {}): Outcome {
  return { section: 'push', id: 'the-id', text: 'It works', durationMs: 1, ...fields, ...finding };
}

const VIOLATED: Finding = { verdict: 'violated', expected: 'status 201', came: '200 {}', curl: 'curl x' };
const UNKNOWN: Finding = { verdict: 'unknown', reason: 'no answer' };
const NOT_OFFERED: Finding = { verdict: 'not-offered', reason: '404: not here' };
const VALID: Finding = { verdict: 'valid' };

describe('lines', () => {
  test.each([
    [VALID, ['  ✓ It works the-id']],
    [VIOLATED, ['  ✗ It works the-id', '      expected  status 201', '      came      200 {}', '      curl x']],
    [
      { ...VIOLATED, curl: null } as Finding,
      ['  ✗ It works the-id', '      expected  status 201', '      came      200 {}'],
    ],
    [UNKNOWN, ['  ? It works the-id', '      no answer']],
    [NOT_OFFERED, ['  – It works the-id', '      404: not here']],
  ])('%j', (finding, lines) => {
    expect(outcomeLines(outcome(finding), false)).toEqual(lines);
  });

  test('carry nothing from outside that moves the cursor', () => {
    const lines = outcomeLines(outcome({ ...VIOLATED, came: 'a\u001b[2Jb\nc' } as Finding), false);
    expect(lines[2]).toBe('      came      a [2Jb c');
  });

  test('are coloured only when asked', () => {
    expect(outcomeLines(outcome(VALID), true)[0]).toContain('\u001b[32m✓');
  });
});

test('outcomes are printed in the order of the behaviours, under their section, as soon as it is their turn', () => {
  let text = '';
  const printer = new OutcomePrinter((more) => {
    text += more;
  }, false);
  printer.take(outcome(VALID, { id: 'c', section: 'pop' }), 2);
  printer.take(outcome(VALID, { id: 'b' }), 1);
  expect(text).toBe('');
  printer.take(outcome(VALID, { id: 'a' }), 0);
  printer.take(outcome(VALID, { id: 'e', section: 'ack' }), 4);
  expect(text).toBe('\npush\n  ✓ It works a\n  ✓ It works b\n\npop\n  ✓ It works c\n');
  printer.finish();
  expect(text).toMatch(/\nack\n {2}✓ It works e\n$/);
});

test('the summary counts every verdict', () => {
  const outcomes = [VALID, VALID, VIOLATED, UNKNOWN, NOT_OFFERED].map((finding) => outcome(finding));
  expect(summaryLine(countOutcomes(outcomes))).toBe('5 behaviours: 2 valid, 1 violated, 1 unknown, 1 not offered');
  expect(JSON.parse(jsonReport('http://x', outcomes, 1))).toMatchObject({
    target: 'http://x',
    exitCode: 1,
    counts: { valid: 2, violated: 1, unknown: 1, 'not-offered': 1 },
    behaviours: [{ id: 'the-id', verdict: 'valid' }, {}, { expected: 'status 201', came: '200 {}' }, {}, {}],
  });
});

test.each([
  [[VALID, NOT_OFFERED], 0],
  [[VALID, UNKNOWN], 3],
  [[UNKNOWN, VIOLATED], 1],
  [[NOT_OFFERED], 3],
  [[], 3],
])('%j ends with %i', (findings, code) => {
  expect(exitCodeOf(findings.map((finding) => outcome(finding)))).toBe(code);
});

describe('a request as a curl command', () => {
  test('is quoted for a shell and keeps the token to itself', () => {
    const headers = { 'content-type': 'application/json', authorization: 'Bearer secret' };
    expect(toCurl({ method: 'POST', url: 'http://x/y', body: `{"a":"it's"}`, headers })).toBe(
      `curl -sS -i -X POST -H 'content-type: application/json' -H "authorization: Bearer $TOKEN" 'http://x/y' --data-binary '{"a":"it'\\''s"}'`,
    );
  });

  test('says how long a body was that it cuts', () => {
    const curl = toCurl({ method: 'POST', url: 'http://x/', body: 'x'.repeat(5_000), headers: {} });
    expect(curl).toMatch(/x…' # the body has 5000 characters$/);
    expect(toCurl({ method: 'GET', url: 'http://x/', body: undefined, headers: {} })).toBe("curl -sS -i 'http://x/'");
  });
});

describe('the behaviours', () => {
  test('have ids of their own', () => {
    const ids = ALL_BEHAVIOURS.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('stand together by section', () => {
    const sections = ALL_BEHAVIOURS.map(({ section }) => section);
    const runs = sections.filter((section, index) => section !== sections[index - 1]);
    expect(runs).toEqual([...new Set(sections)]);
  });

  test('are selected by section, id or text', () => {
    const sectionsOf = (words: string): readonly string[] => [
      ...new Set(selectBehaviours(words, ALL_BEHAVIOURS).map(({ section }) => section)),
    ];
    expect(sectionsOf('push')).toEqual(['push']);
    expect(sectionsOf('Push-Legacy')).toEqual(['push-legacy']);
    expect(selectBehaviours('wait-wakes-namespace', ALL_BEHAVIOURS)).toHaveLength(1);
    expect(selectBehaviours('takes no message', ALL_BEHAVIOURS).map(({ id }) => id)).toEqual(['head']);
    expect(selectBehaviours('nonsense', ALL_BEHAVIOURS)).toEqual([]);
    expect(selectBehaviours(undefined, ALL_BEHAVIOURS)).toBe(ALL_BEHAVIOURS);
  });
});
