import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { renderJUnit } from '../report/junit/result-suites.ts';
import type { Result } from '../report/result.ts';
import { hostileResult, passedResult, sampleResult } from './sample-result.ts';

const askedFor = process.env.CHROMIUM_PATH;
const executablePath = askedFor ?? '/usr/bin/chromium';

/** Everything that XML 1.0 forbids or gives a meaning to. */
const FORBIDDEN = `${String.fromCharCode(...Array.from({ length: 32 }, (_, code) => code))}\u007f\ufffe\uffff\ud800x\udc00\u{1f600}]]> ]]> ]]><!-- &amp; &#0; <a b='c' d="e"/> ]]`;

interface ReadCase {
  readonly suite: string;
  readonly name: string;
  readonly outcome: string;
  readonly text: string;
}

interface ReadReport {
  readonly error: string | null;
  readonly counts: Readonly<Record<string, string>>;
  readonly cases: readonly ReadCase[];
}

// A machine without a browser passes `npm test`; one that names a browser must have it.
describe.skipIf(askedFor === undefined && !existsSync(executablePath))('junit.xml, read by an XML parser', () => {
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath });
    page = await browser.newPage();
  });
  afterAll(async () => {
    await browser?.close();
  });

  /** As text: the types of a browser's globals are not those of this program. */
  const READ = `(xml) => {
    const parsed = new DOMParser().parseFromString(xml, 'application/xml');
    const root = parsed.documentElement;
    const error = parsed.querySelector('parsererror');
    return {
      error: error === null ? null : error.textContent,
      counts: Object.fromEntries([...root.attributes].map(({ name, value }) => [name, value])),
      cases: [...parsed.querySelectorAll('testcase')].map((one) => ({
        suite: one.parentElement.getAttribute('name'),
        name: one.getAttribute('name'),
        outcome: ['failure', 'error', 'skipped'].filter((tag) => one.querySelector(tag)).join() || 'passed',
        text: one.textContent,
      })),
    };
  }`;
  const read = (result: Result): Promise<ReadReport> =>
    page.evaluate(`(${READ})(${JSON.stringify(renderJUnit(result))})`);

  test('every check is there with its outcome, and the counts agree with the cases', async () => {
    const { error, counts, cases } = await read(sampleResult());
    expect(error).toBeNull();
    const count = (outcome: string) => cases.filter((one) => one.outcome === outcome).length;
    expect(counts).toMatchObject({
      tests: String(cases.length),
      failures: String(count('failure')),
      errors: String(count('error')),
      skipped: String(count('skipped')),
    });
    expect([count('failure'), count('error')]).toEqual([4, 3]);
    const lost = cases.find(({ name, outcome }) => name === 'accounting, round 1' && outcome === 'failure');
    expect(lost?.text).toContain('message r3k9-120311');
    expect((await read(passedResult())).cases.every(({ outcome }) => outcome === 'passed')).toBe(true);
  });

  test('whatever comes from outside, the file is well formed and no case is lost', async () => {
    const hostile = await read(hostileResult());
    expect(hostile.error).toBeNull();
    expect(hostile.cases.map(({ outcome }) => outcome)).toEqual(
      (await read(sampleResult())).cases.map(({ outcome }) => outcome),
    );
    const sample = sampleResult();
    const checks = sample.checks.map((check) => ({
      ...check,
      name: `${check.name} ${FORBIDDEN}`,
      summary: FORBIDDEN,
      witness: [FORBIDDEN, FORBIDDEN],
    }));
    const { error, cases } = await read({ ...sample, checks, reasons: [FORBIDDEN], scenario: FORBIDDEN });
    expect(error).toBeNull();
    expect(cases).toHaveLength(50);
    expect(cases[0]?.text).toContain('\u{1f600}]] > ]] > ]] ><!-- &amp; &#0; <a b=\'c\' d="e"/>');
  });
});
