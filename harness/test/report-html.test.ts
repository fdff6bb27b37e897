import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderHtml } from '../report/html/page.ts';
import {
  DESKTOP,
  hasNoBrowser,
  PHONE,
  type ReportBrowser,
  screenshotPath,
  startReportBrowser,
  strokesIn as strokes,
} from './report-browser.ts';
import { longResult } from './sample-long-result.ts';
import { hostileResult, REFUSAL, sampleResult, sweepResult, UNPROVEN_MSG_PER_S } from './sample-result.ts';

describe.skipIf(hasNoBrowser)('report.html in a browser', () => {
  let browser: ReportBrowser;

  beforeAll(async () => {
    browser = await startReportBrowser();
    await browser.write('sample.html', await renderHtml(sampleResult()));
    await browser.write('hostile.html', await renderHtml(hostileResult()));
    await browser.write('sweep.html', await renderHtml(sweepResult()));
    await browser.write('long.html', await renderHtml(longResult()));
  });

  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]();
  });

  const open: ReportBrowser['open'] = (name, options) => browser.open(name, options);

  // Expressions as text: the types of a browser's globals are not those of this program.
  const background = (page: Page) => page.evaluate('getComputedStyle(document.body).backgroundColor');
  const sidewaysScroll = (page: Page) =>
    page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
  const hostileRan = (page: Page) => page.evaluate("'hostile' in window");
  it('draws every chart, without a complaint and without asking for anything', async () => {
    await using report = await open('sample.html', { viewport: DESKTOP, colorScheme: 'light' });
    const charts = await report.page
      .locator('[aria-labelledby=time] .chart')
      .evaluateAll((elements) => elements.map(({ id }) => id));
    expect(charts).toEqual([
      'chart-throughput',
      'chart-latency-p50',
      'chart-latency-p99',
      'chart-connections',
      'chart-errors',
    ]);
    for (const chart of charts) {
      const drawn = await strokes(report.page, chart);
      expect(drawn.filter((colour) => colour === '#2f6bd8').length, chart).toBe(3);
    }
    expect(await strokes(report.page, 'chart-saturation')).toContain('#2f6bd8');
    await report.page.hover('#chart-saturation', { position: { x: 800, y: 120 } });
    expect(await report.page.locator('#chart-saturation .tip').textContent()).toMatch(/^\d+ %push[\d.,]+ ms$/);
    await report.page.hover('#chart-throughput', { position: { x: 500, y: 120 } });
    expect(await report.page.locator('#chart-throughput .tip').textContent()).toMatch(
      /push\s*[\d,]+ · [\d,]+ · [\d,]+ msg\/s/,
    );
    expect(report.complaints).toEqual([]);
    expect(report.requests).toEqual([]);
    await report.page.screenshot({ path: screenshotPath('light.png'), fullPage: true });
  });

  it('draws the system of the first run, and of any other once it is opened, where its faults are shaded', async () => {
    await using report = await open('sample.html', { viewport: DESKTOP, colorScheme: 'light' });
    const runs = report.page.locator('details.run');
    expect(await runs.evaluateAll((all) => all.map(({ id }) => id))).toEqual(
      [0, 1].flatMap((arm) => [1, 2, 3].map((round) => `system-${arm}-${round}`)),
    );
    const titles = await runs.first().locator('h3').allTextContents();
    expect(titles).toEqual([
      'CPU in use, cores',
      'Event loop busy, %',
      'Longest event-loop delay, ms',
      'Async pool',
      'Memory, MiB',
      'Sessions by state',
      'Sessions at work, by what they wait for',
    ]);
    expect((await strokes(report.page, 'chart-system-0-1-0')).filter((colour) => colour === '#c85f06')).toHaveLength(1);
    expect(await strokes(report.page, 'chart-system-1-2-0')).toEqual([]);
    const second = report.page.locator('#system-1-2');
    await second.locator('summary').first().click();
    await expect.poll(() => strokes(report.page, 'chart-system-1-2-0')).toContain('#2f6bd8');
    const shaded = (chart: string) => report.page.locator(`#${chart} svg path[fill="#fbe8e6"]`).count();
    expect(await shaded('chart-system-0-1-0')).toBe(1);
    expect(await shaded('chart-system-1-2-0')).toBe(0);
    await report.page.hover('#chart-system-0-1-0', { position: { x: 500, y: 120 } });
    expect(await report.page.locator('#chart-system-0-1-0 .tip').textContent()).toMatch(
      /(?:worker 1|load generator)\s*0\.\d+ cores/,
    );
    expect(report.complaints).toEqual([]);
  });

  it('tells every chart to those who cannot see it', async () => {
    await using report = await open('sample.html', { viewport: DESKTOP });
    await report.page.evaluate("for (const one of document.querySelectorAll('details.run')) one.open = true");
    for (const figure of await report.page.locator('figure').all()) {
      const spoken = await figure.locator('.chart').getAttribute('aria-label');
      expect(spoken).toMatch(/\d+ lines of \d (?:arms|kinds)/);
      const behind = figure.locator('summary');
      if ((await behind.count()) > 0) await behind.click();
      expect(await figure.getByRole('table').getByRole('row').count()).toBeGreaterThan(1);
    }
  });

  it('shows the question, the verdict and no figure for an arm that is not proved', async () => {
    await using report = await open('sample.html', { viewport: DESKTOP });
    const text = (await report.page.locator('main').textContent()) ?? '';
    expect(text).toContain(sampleResult().question);
    expect(text).toMatch(/✗\s*invalid/);
    expect(text.match(/no figure:\s*accounting invalid/g)).toHaveLength(2);
    expect(text).toContain(REFUSAL);
    const row = report.page.locator('tr', { hasText: 'no figure: accounting invalid' });
    expect(await row.textContent()).not.toMatch(/msg\/s|ms|77/);
    const source = await report.page.content();
    expect(source.replaceAll(',', '')).not.toContain(String(UNPROVEN_MSG_PER_S));
  });

  it('shows what the consumers of proven arms reached', async () => {
    await using report = await open('sample.html', { viewport: DESKTOP });
    const consumers = report.page.getByRole('table', { name: 'What the consumers reached by arm' });
    const rows = await consumers.getByRole('row').allTextContents();
    expect(rows).toHaveLength(3);
    expect(rows[1]?.replace(/\s+/g, ' ').trim()).toMatch(/^push ?16 × 100 ?39,480 ?\[38,888, 40,309\] ?0\.70/);
  });

  it('shows how the system was, and what was not watched', async () => {
    await using report = await open('sample.html', { viewport: DESKTOP });
    const system = report.page.getByRole('table', { name: 'The system under load by arm' });
    const [, push = ''] = await system.getByRole('row').allTextContents();
    expect(push.replace(/\s+/g, ' ')).toMatch(/^push ?7\d \/ 8\d % ?\d.* ms ?3\d \/ 4\d %/);
    const waits = report.page.getByRole('table', { name: 'Waits of sessions by arm' });
    expect(await waits.textContent()).toMatch(/running 4\d %, IO: WalSync 3\d %/);
    expect(await report.page.locator('main').textContent()).toContain(
      "Not watched: the server's metrics: GET /metrics/prometheus was answered with HTTP 404.",
    );
  });

  it('draws the curve of a sweep, with intervals and the value from which on more does not pay', async () => {
    await using report = await open('sweep.html', { viewport: DESKTOP, colorScheme: 'light' });
    const curve = report.page.locator('#chart-sweep');
    await curve.scrollIntoViewIfNeeded();
    const colours = await strokes(report.page, 'chart-sweep');
    // A line and its four intervals for each route.
    for (const colour of ['#2f6bd8', '#c85f06']) expect(colours.filter((drawn) => drawn === colour).length).toBe(2);
    await report.page.hover('#chart-sweep', { position: { x: 300, y: 120 } });
    const tips = await report.page.locator('.tip').allTextContents();
    expect(tips.join()).toMatch(/5 ms of database latency\s*push\s*[\d,]+ \[[\d,]+, [\d,]+\] msg\/s\s*push-legacy/);
    const table = report.page.getByRole('table', {
      name: 'Throughput by ms of database latency',
      includeHidden: true,
    });
    expect(await table.getByRole('row', { includeHidden: true }).count()).toBe(9);
    expect((await report.page.content()).replaceAll(',', '')).not.toContain(String(UNPROVEN_MSG_PER_S));
    expect(report.complaints).toEqual([]);
    await curve.screenshot({ path: screenshotPath('sweep.png') });
  });

  it('follows the system, and its button turns the page and the charts round by keyboard', async () => {
    await using report = await open('sample.html', { viewport: DESKTOP, colorScheme: 'dark' });
    const toggle = report.page.getByRole('button', { name: 'Dark theme' });
    expect(await background(report.page)).toBe('rgb(14, 18, 23)');
    expect(await strokes(report.page, 'chart-throughput')).toContain('#7aa7ff');
    expect(await toggle.getAttribute('aria-pressed')).toBe('true');
    await report.page.screenshot({ path: screenshotPath('dark.png'), fullPage: true });
    await toggle.press('Enter');
    expect(await background(report.page)).toBe('rgb(246, 247, 249)');
    expect(await strokes(report.page, 'chart-throughput')).toContain('#2f6bd8');
    expect(await toggle.getAttribute('aria-pressed')).toBe('false');
  });

  it('hides and shows an arm in all charts', async () => {
    await using report = await open('sample.html', { viewport: DESKTOP, colorScheme: 'light' });
    const chip = report.page.getByRole('button', { name: 'push-legacy' });
    await chip.press('Space');
    expect(await strokes(report.page, 'chart-latency-p99')).not.toContain('#c85f06');
    await chip.press('Space');
    expect(await strokes(report.page, 'chart-latency-p99')).toContain('#c85f06');
  });

  it.each(['sample.html', 'hostile.html', 'sweep.html', 'long.html'])(
    'fits a phone without scrolling sideways: %s',
    async (name) => {
      await using report = await open(name, { viewport: PHONE, isMobile: true, hasTouch: true });
      await report.page.screenshot({ path: screenshotPath(name.replace('html', 'phone.png')), fullPage: true });
      await report.page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true");
      expect(await sidewaysScroll(report.page)).toBe(0);
      const cut = await report.page
        .locator('.scroll')
        .evaluateAll((boxes) => boxes.filter((box) => box.scrollWidth > box.clientWidth).length);
      expect(cut).toBe(0);
      const widths = await report.page.locator('.chart svg').evaluateAll((all) => all.map((svg) => svg.clientWidth));
      for (const width of widths) expect(width).toBeLessThan(PHONE.width);
    },
  );

  it('prints in light colours with every table open', async () => {
    await using report = await open('sample.html', { viewport: DESKTOP, colorScheme: 'dark' });
    await report.page.pdf({ path: screenshotPath('print.pdf'), format: 'A4' });
    await report.page.emulateMedia({ media: 'print' });
    await report.page.evaluate("dispatchEvent(new Event('beforeprint'))");
    expect(await report.page.locator('details:not([open])').count()).toBe(0);
    expect(await strokes(report.page, 'chart-throughput')).toContain('#2f6bd8');
    await report.page.evaluate("dispatchEvent(new Event('afterprint'))");
    // As before: of all that can be opened, the first run was.
    expect(await report.page.locator('details[open]').count()).toBe(1);
    expect(await strokes(report.page, 'chart-throughput')).toContain('#7aa7ff');
  });

  it('keeps hostile text as text', async () => {
    await using report = await open('hostile.html', { viewport: DESKTOP });
    await report.page.hover('#chart-throughput', { position: { x: 500, y: 120 } });
    expect(await report.page.locator('.tip').first().textContent()).toContain('<b>bold</b>');
    expect(await hostileRan(report.page)).toBe(false);
    expect(await report.page.locator('img').count()).toBe(0);
    expect(await report.page.locator('script:not([type="application/json"])').count()).toBe(2);
    expect(report.complaints).toEqual([]);
    expect(report.requests).toEqual([]);
  });

  it('would not run a script even if one had slipped in', async () => {
    const slipped = (await renderHtml(sampleResult())).replace('<main>', '<main><script>window.hostile = 1</script>');
    await browser.write('slipped.html', slipped);
    await using report = await open('slipped.html', { viewport: DESKTOP });
    expect(await hostileRan(report.page)).toBe(false);
    expect(report.complaints.join('\n')).toContain('Content Security Policy');
  });
});
