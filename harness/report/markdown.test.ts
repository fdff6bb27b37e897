import { describe, expect, it } from 'vitest';
import { HOSTILE, hostileResult, REFUSAL, sampleResult } from '../test/sample-result.ts';
import { renderMarkdown } from './markdown.ts';
import { codeSpan, markdownTable, markdownText } from './markdown-text.ts';
import type { ArmResult, Result } from './result.ts';

function passedArm({ arms }: Result): ArmResult {
  const arm = arms.find(({ verdict }) => verdict === 'valid');
  if (arm === undefined) throw new Error('the sample has no proven arm');
  return arm;
}

describe('renderMarkdown', () => {
  const text = renderMarkdown(sampleResult());

  it('answers the question with the verdict and the proven figures', () => {
    expect(text).toContain('# Is the async push route faster');
    expect(text).toContain('**✗ invalid**');
    expect(text).toMatch(/\| `push` \| 56,400 \| \[55,554, 57,584\] \| 0\.64 \| 24\.1 \| 74\.7 \|/);
    expect(text).toContain('| `push / push-legacy` | throughput | 1.62× | [1.55, 1.71] |');
    expect(text).toContain('2,675,524 | lost 5, duplicated 0, storedUnreachable 5 |');
  });

  it('tells what the consumers of proven arms reached, and nothing where they were not measured', () => {
    expect(text).toContain(
      '| `push` | 16 × 100 | 39,480 | [38,888, 40,309] | 0.70 | 24.1 / 72.3 | 12.1 / 72.3 | 40 % |',
    );
    expect(text.match(/16 × 100/g)).toHaveLength(2);
    const unmeasured = { ...sampleResult(), arms: sampleResult().arms.map(({ popAck: _, ...arm }) => arm) };
    expect(renderMarkdown(unmeasured)).not.toContain('Consumers: pop and ack');
  });

  it('tells how steady the windows of proven arms were', () => {
    expect(text).toContain('| `push` | steady in 3 of 3 rounds | −1 % | 6 % | no |');
    expect(text).toContain('| `push-legacy` | unsteady in 1 of 3 rounds | +18 % | 8 % | by 1.0 s |');
  });

  it('shows how the system was, and marks what the load generator limited', () => {
    expect(text).toContain('### The system under load');
    expect(text).toMatch(
      /\| `push` \| 7\d \/ 8\d % \| \d+\.\d+ \/ 1\d\.\d ms \| 3\d \/ 4\d % \|.*\| running 4\d %, IO: WalSync 3\d %/,
    );
    expect(text).toContain("Not watched: the server's metrics: GET /metrics/prometheus was answered with HTTP 404.");
    const [push, ...others] = sampleResult().arms;
    const limited = push === undefined ? [] : [{ ...push, inconclusive: 'the load generator was busy' }];
    expect(renderMarkdown({ ...sampleResult(), arms: [...limited, ...others] })).toContain('| `push` | ≥ 56,400 |');
    const unwatched = { ...sampleResult(), arms: sampleResult().arms.map(({ system: _, ...arm }) => arm) };
    expect(renderMarkdown(unwatched)).not.toContain('The system under load');
  });

  it('tells how the open loops of proven arms went, and nothing where there were none', () => {
    expect(text).toContain('| `push` | 600 | 599 | 0.18 / 1.74 | 0.17 / 0.94 | 1.70 % | 3 |');
    const closed = { ...sampleResult(), arms: sampleResult().arms.map(({ openLoop: _, ...arm }) => arm) };
    expect(renderMarkdown(closed)).not.toContain('Open loop');
  });

  it('tells what proven arms sustain, with every rate that was tried', () => {
    expect(text).toContain('`push` sustains 564 requests/s \\[552, 570\\] \\(56,400 msg/s\\)');
    expect(text).toContain('| 80 % | 451 | 16.7 | 50.0 | 66.7 | 0.20 | yes |');
    expect(text).toContain(
      '| 2 | search | 800 | 571 | no | the backlog grew by 221 requests/s, 27.6 % of what was offered |',
    );
  });

  it('tells what the parts reach by themselves, and what a message of a proven arm costs', () => {
    expect(text).toContain('| commits alone over 1 connection | 813 | transactions/s |');
    expect(text).toContain('| HTTP echo of 100 × 100 B over 16 connections | 4,470 | requests/s |');
    // Two arms are proven.
    expect(text).toContain('| cost | push | push-legacy |');
    expect(text).toContain('| server CPU µs | 17.7 | 28.7 |');
    expect(text).toContain('| SQL statements | 0.013 | 0.013 |');
    expect(text).toContain('| WAL fsyncs, with drain | 0.0041 | 0.0041 |');
    expect(text).toContain('| connections | 76 | 76 |');
  });

  it('puts the costs across when there are more arms than costs', () => {
    const sample = sampleResult();
    const arms = Array.from({ length: 12 }, (_, nth) => ({ ...passedArm(sample), name: `arm ${nth}` }));
    expect(renderMarkdown({ ...sample, arms })).toContain('| arm | server CPU µs | PostgreSQL CPU µs |');
  });

  it('says nothing of costs and parts that were not measured', () => {
    const { partCeilings: _, ...sample } = sampleResult();
    const bare = renderMarkdown({ ...sample, arms: sample.arms.map((arm) => ({ ...arm, costs: {} })) });
    expect(bare).not.toContain('Cost of one');
    expect(bare).not.toContain('by themselves');
  });

  it('gives the reason in the place of a figure that is not proved, and the words of a refusal', () => {
    expect(text).toContain('| no figure: accounting invalid |');
    expect(text).toContain(REFUSAL);
    expect(text).toContain('message r3k9-120311');
  });

  it('keeps every table row whole and lets nothing from outside act as HTML', () => {
    const hostile = renderMarkdown(hostileResult());
    const outsideCode = hostile.replaceAll(/(?<![`\\])(`+)(?!`).*?(?<!`)\1(?!`)/g, '');
    expect(outsideCode).not.toContain('<');
    expect(hostile).not.toContain('\u001b');
    const columns = (line: string) => line.replaceAll('\\|', '').split('|').length;
    const tables = hostile.split('\n\n').filter((block) => block.startsWith('|'));
    expect(tables.length).toBeGreaterThan(3);
    for (const rows of tables) expect(new Set(rows.split('\n').map(columns)).size, rows).toBe(1);
  });
});

it('escapes Markdown and HTML in text', () => {
  expect(markdownText('a*b_c <i>[x](y)`')).toBe('a\\*b\\_c &lt;i&gt;\\[x\\]\\(y\\)\\`');
});

it('keeps a bar inside its table cell, also behind a backslash', () => {
  expect(
    markdownTable(['a'], [['x|y'], ['`x\\|y`']])
      .split('\n')
      .slice(2),
  ).toEqual(['| x\\|y |', '| `x\\ \\|y` |']);
});

it('fences code with more backticks than are in it', () => {
  expect(codeSpan('a`` b')).toBe('``` a`` b ```');
  expect(codeSpan(HOSTILE)).not.toContain('\n');
});
