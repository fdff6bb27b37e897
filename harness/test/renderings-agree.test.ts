import { describe, expect, test } from 'vitest';
import { renderSummary } from '../cli/terminal.ts';
import { figureOfArm } from '../report/arm-figure.ts';
import { formatInterval, formatRate } from '../report/figure-format.ts';
import { renderStepSummary } from '../report/github/step-summary.ts';
import { renderHtml } from '../report/html/page.ts';
import { renderJUnit, resultSuites } from '../report/junit/result-suites.ts';
import { renderMarkdown } from '../report/markdown.ts';
import type { Result } from '../report/result.ts';
import { signOfResult } from '../report/verdict-sign.ts';
import { passedResult, sampleResult, UNPROVEN_MSG_PER_S } from './sample-result.ts';

/** What a reader of the page sees as text. */
function textOf(html: string): string {
  return html
    .replace(/<(script|style)\b[\s\S]*?<\/\1>/g, '')
    .replace(/<[^>]+>/g, ' ')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
    .replace(/\s+/g, ' ');
}

async function renderings(result: Result) {
  return {
    terminal: renderSummary(result, { colour: false, width: 100, folder: 'r' }).replace(/\s+/g, ' '),
    markdown: renderMarkdown(result),
    html: textOf(await renderHtml(result)),
    summary: renderStepSummary(result, 'r'),
  };
}

describe.each([
  ['invalid', sampleResult()],
  ['passed', passedResult()],
])('of a result that is %s', (_, result) => {
  test('all renderings have the same verdict', async () => {
    const { word } = signOfResult(result.verdict);
    const all = await renderings(result);
    expect(all.terminal).toContain(`${word}: `);
    expect(all.markdown).toMatch(new RegExp(`\\*\\*. ${word}\\*\\*`));
    expect(all.html.toLowerCase()).toContain(word);
    expect(all.summary).toMatch(new RegExp(`^## . push-vs-legacy: ${word}\n`));
    expect(renderJUnit(result)).toContain(`${word}, exit code ${result.exitCode}`);
  });

  test('all have the figure of every proven arm with its interval, and none of any other', async () => {
    for (const [rendering, text] of Object.entries(await renderings(result))) {
      for (const arm of result.arms) {
        const figure = figureOfArm(arm, result.checks);
        if (figure.kind === 'none') continue;
        expect(text, rendering).toContain(formatRate(figure.throughput.median));
        expect(text, rendering).toContain(formatInterval(figure.throughput, formatRate));
      }
      expect(text, rendering).not.toContain(formatRate(UNPROVEN_MSG_PER_S));
    }
    expect(renderJUnit(result)).not.toContain(formatRate(UNPROVEN_MSG_PER_S));
  });

  test('all count the same checks', async () => {
    const notValid = result.checks.filter(({ verdict }) => verdict !== 'valid').length;
    const valid = result.checks.length - notValid;
    const all = await renderings(result);
    for (const text of [all.terminal, all.markdown, all.summary]) {
      expect(text).toMatch(new RegExp(`${valid} of ${result.checks.length} checks (are )?valid`));
    }
    expect(all.html).toMatch(
      notValid === 0 ? `all ${valid} checks valid` : `${notValid} of ${result.checks.length} checks not valid`,
    );
    const arms = new Set(result.arms.filter(({ refused }) => refused === null).map(({ name }) => name));
    const cases = resultSuites(result).flatMap((suite) => (arms.has(suite.name) ? suite.cases : []));
    expect(cases).toHaveLength(result.checks.length);
    expect(cases.filter(({ outcome }) => outcome !== 'passed')).toHaveLength(notValid);
    for (const { name, arm } of result.checks.filter(({ verdict }) => verdict === 'invalid')) {
      for (const text of Object.values(all)) expect(text).toContain(name);
      expect(renderJUnit(result)).toContain(arm);
    }
  });
});
