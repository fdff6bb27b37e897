import { describe, expect, it } from 'vitest';
import { errorsResult, explainedResult, faultlessResult } from '../test/sample-errors.ts';
import { hostileResult, sampleResult } from '../test/sample-result.ts';
import { armErrorList, errorSentence } from './error-figure.ts';
import { renderErrorsMarkdown } from './errors-markdown.ts';
import { renderMarkdown } from './markdown.ts';
import type { Result } from './result.ts';

const sentenceOf = (result: Result) => errorSentence(armErrorList(result));

describe('the sentence about all errors', () => {
  it('names those that nothing explains before all others', () => {
    expect(sentenceOf(errorsResult())).toBe('3 errors of 1 class that nothing explains, among 1,208 in all.');
  });

  it('says that faults explain all of them', () => {
    expect(sentenceOf(explainedResult())).toBe(
      '1,204 errors of 2 classes; all in the window of a fault that explains them.',
    );
  });

  it('says that there were none', () => {
    expect(sentenceOf(faultlessResult())).toBe('No errors.');
  });

  it('does not call errors explained that nobody has judged, as in results of before', () => {
    expect(sentenceOf(sampleResult())).toBe(
      '4 errors of 2 classes; of 4 of them nobody can tell whether something explains them.',
    );
  });
});

describe('errors.md', () => {
  const text = renderErrorsMarkdown(errorsResult());

  it('lists every class, what nothing explains first and what nobody can place next', () => {
    const rows = text.split('\n').filter((line) => /\| [✗?✓] /.test(line));
    expect(rows).toEqual([
      '| `push-legacy` | producer | HTTP status | http 503 | 3 | round 2, 5.3 s | round 3, 6.0 s | ✗ unexplained | `no connection became free within 5000 ms` |',
      '| `push-legacy` | producer | socket | socket ECONNRESET | 1 | – | – | ? not known | `read ECONNRESET` |',
      '| `push` | server log | socket | ECONNREFUSED connect ECONNREFUSED \\#.\\#.\\#.\\#:\\# | 1,200 | round 1, 2.0 s | round 1, 4.5 s | ✓ explained | `connect ECONNREFUSED 127.0.0.1:5432` |',
      '| `push` | consumer | HTTP status | pop http 503 | 4 | round 1, 2.1 s | round 1, 3.9 s | ✓ explained | `PostgreSQL cannot be reached` |',
    ]);
  });

  it('counts by arm and source, and tells where nobody looked', () => {
    expect(text).toContain('| `push-legacy` | 4 | 0 | 0 | not seen | 4 | 3 |');
    expect(text).toContain("Not looked at: PostgreSQL's log \\(no right to read it\\).");
  });

  it('counts by fault, and outside of all', () => {
    expect(text).toMatch(/\| `push` \| 1 \| postgres-kill \| 2\.0–4\.5 s \| 1,204 \| 1,200 × server log: ECONNREFUSED/);
    expect(text).toContain('| `push` | all | outside of all | – | 0 |  |');
  });

  it('draws the rate over time, and names its peak', () => {
    expect(text).toMatch(/\| `push` \| server log: ECONNREFUSED .* \| 1 \| `·{11}[▁▂▃▄▅▆▇█]{9}·{20}` \| 640 \|/);
  });

  it('says so when there were none, and what was looked at', () => {
    const none = renderErrorsMarkdown(faultlessResult());
    expect(none).toContain('**No errors.** Looked at: what producers were answered');
    expect(none).not.toContain('## By class');
  });

  it('keeps every table row whole and lets nothing from outside act as markup', () => {
    const hostile = renderErrorsMarkdown(hostileResult(errorsResult()));
    expect(hostile.replaceAll(/(?<![`\\])(`+)(?!`).*?(?<!`)\1(?!`)/g, '')).not.toContain('<');
    expect(hostile).not.toContain('\u001b');
    const columns = (line: string) => line.replaceAll('\\|', '').split('|').length;
    const tables = hostile
      .trim()
      .split('\n\n')
      .filter((block) => block.startsWith('|'));
    expect(tables).toHaveLength(4);
    for (const rows of tables) expect(new Set(rows.split('\n').map(columns)).size, rows).toBe(1);
  });
});

describe('report.md', () => {
  it('has the sentence, the first classes and the way to the rest', () => {
    const text = renderMarkdown(errorsResult());
    expect(text).toContain('## Errors\n\n3 errors of 1 class that nothing explains, among');
    expect(text).toContain('[errors.md](errors.md)');
  });

  it('says that there were none', () => {
    expect(renderMarkdown(faultlessResult())).toContain('## Errors\n\nNo errors. Looked at:');
  });
});
