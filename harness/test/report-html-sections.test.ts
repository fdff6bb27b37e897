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
  strokesIn,
} from './report-browser.ts';
import { longResult } from './sample-long-result.ts';
import { sampleResult, UNPROVEN_MSG_PER_S } from './sample-result.ts';

/** What an element says, on one line. */
const textsOf = async (page: Page, selector: string) =>
  (await page.locator(selector).allTextContents()).map((text) => text.replace(/\s+/g, ' ').trim());

describe.skipIf(hasNoBrowser)('the sections of report.html', () => {
  let browser: ReportBrowser;

  beforeAll(async () => {
    browser = await startReportBrowser();
    await browser.write('sample.html', await renderHtml(sampleResult()));
    await browser.write('long.html', await renderHtml(longResult()));
  });

  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]();
  });

  it('come in order under headings that skip no level, and no id is used twice', async () => {
    await using report = await browser.open('sample.html', { viewport: DESKTOP });
    expect(await textsOf(report.page, 'h2')).toEqual([
      'Arms compared',
      'Over time',
      'The system under load',
      'Messages accounted for',
      'Errors',
      'Checks',
      'Expectations',
      'Configuration',
      'Environment',
      'Run it again',
    ]);
    const levels = await report.page
      .locator('h1, h2, h3, h4, h5, h6')
      .evaluateAll((all) => all.map(({ tagName }) => Number(tagName.slice(1))));
    expect(levels[0]).toBe(1);
    levels.forEach((level, index) => {
      expect(level - (levels[index - 1] ?? 0), `heading ${index}`).toBeLessThanOrEqual(1);
    });
    const ids = await report.page.locator('[id]').evaluateAll((all) => all.map(({ id }) => id));
    expect(new Set(ids).size).toBe(ids.length);
    const targets = await report.page
      .locator('a[href^="#"]')
      .evaluateAll((all) => all.map((link) => link.getAttribute('href')?.slice(1) ?? ''));
    for (const target of targets) expect(ids).toContain(target);
  });

  it('map the throughput of a matrix, the faster the deeper, its larger axis downwards', async () => {
    await using report = await browser.open('long.html', { viewport: DESKTOP, colorScheme: 'light' });
    const map = report.page.getByRole('table', { name: 'Throughput by batch and route' });
    const rows = (await map.getByRole('row').allTextContents()).map((text) => text.replace(/\s+/g, ' ').trim());
    expect(rows).toHaveLength(5);
    expect(rows[0]).toBe('batch ↓ route →pushpush-legacy');
    expect(rows[1]).toMatch(/^118,800[\d.]+ ms11,600[\d.]+ ms$/);
    const shades = await map
      .locator('td.heat')
      .evaluateAll((cells) => cells.map((cell) => Number.parseFloat(cell.getAttribute('style')?.slice(7) ?? '')));
    expect(shades).toHaveLength(8);
    expect(Math.max(...shades)).toBe(shades[6]);
    expect(shades[1]).toBe(0);
    await map.screenshot({ path: screenshotPath('heat-map.png') });
  });

  it('leave a cell of the map without a figure where an arm has none', async () => {
    await using report = await browser.open('sample.html', { viewport: DESKTOP });
    expect(await textsOf(report.page, '.heat-none')).toEqual(['no figure', 'not run']);
    expect((await report.page.content()).replaceAll(',', '')).not.toContain(String(UNPROVEN_MSG_PER_S));
  });

  it('draw the curve of percentiles to the maximum, over a logarithmic axis that names the nines', async () => {
    await using report = await browser.open('sample.html', { viewport: DESKTOP, colorScheme: 'light' });
    const colours = await strokesIn(report.page, 'chart-percentiles');
    for (const colour of ['#2f6bd8', '#c85f06']) expect(colours).toContain(colour);
    const labels = await textsOf(report.page, '#chart-percentiles svg text');
    for (const label of ['p50', 'p90', 'p99', 'p99.9', 'p99.99']) expect(labels).toContain(label);
    const chart = report.page.locator('#chart-percentiles');
    await chart.hover({ position: { x: 700, y: 120 } });
    expect(await chart.locator('.tip').textContent()).toMatch(/^p9\d[\d.]*push[\d.,]+ mspush-legacy[\d.,]+ ms$/);
    const rows = await report.page.getByRole('table', { name: 'Latency of a request by arm' }).getByRole('row').all();
    const head = await rows[0]?.textContent();
    expect(head?.replace(/\s+/g, ' ').trim()).toBe('armp50 msp90 msp99 msp99.9 msp99.99 msmax ms');
    expect(rows).toHaveLength(3);
    await chart.screenshot({ path: screenshotPath('percentiles.png') });
  });

  it('name the fault in effect where its window is shaded', async () => {
    await using report = await browser.open('sample.html', { viewport: DESKTOP, colorScheme: 'light' });
    const chart = report.page.locator('#chart-throughput');
    // The killed PostgreSQL of the first arm and the cut network; what was impossible shades nothing.
    expect(await chart.locator('svg path[fill="#fbe8e6"]').count()).toBe(2);
    const key = await report.page.locator('figure', { has: chart }).locator('.chart-key').textContent();
    expect(key).toContain('fault in effect: postgres-kill (push), network-cut (push)');
    expect(key).toContain('warm-up');
    const box = await chart.boundingBox();
    await chart.hover({ position: { x: ((box?.width ?? 0) * (3.2 + 1.5)) / 11.5, y: 120 } });
    expect(await chart.locator('.tip-time').textContent()).toMatch(/^[23](?:\.\d)? s · postgres-kill \(push\)$/);
  });

  it('hold the connections of each arm against its budget', async () => {
    await using report = await browser.open('sample.html', { viewport: DESKTOP });
    const panel = report.page.locator('.panel', { hasText: 'Connections: peak, budget, max_connections' });
    expect(await panel.locator('.slim .bar').count()).toBe(3);
    expect(await panel.textContent()).toContain('Right end: max_connections, 100.');
    const budget = await panel
      .locator('.ceiling-mark')
      .first()
      .evaluate((mark) => mark.getAttribute('style'));
    expect(budget).toBe('left:76.00%');
  });

  it('follow the messages down a funnel, to the acks where there were any', async () => {
    await using report = await browser.open('sample.html', { viewport: DESKTOP });
    const funnels = (await textsOf(report.page, '.funnel')).map((text) => text.replaceAll(',', ''));
    expect(funnels).toHaveLength(3);
    expect(funnels[0]).toMatch(/^push ?attempted ?1940160 ?acknowledged ?1940160.*acked ?no acks: popped with autoAck/);
    expect(funnels[2]).toMatch(/delivered ?\d+−5.*lost 5 · duplicated 0/);
    const widths = await report.page
      .locator('.funnel .stage-bar i')
      .evaluateAll((bars) => bars.map((bar) => bar.getBoundingClientRect().width));
    for (const width of widths) expect(width).toBeGreaterThan(100);
  });

  it('show every check and arm as a sign that leads to its witness, by keyboard alone', async () => {
    await using report = await browser.open('sample.html', { viewport: DESKTOP });
    const matrix = report.page.getByRole('table', { name: 'Verdict of each check by arm' });
    const rows = await matrix.getByRole('row').all();
    expect(rows).toHaveLength(6);
    const [, accounting] = rows;
    const cells = await accounting?.getByRole('cell').allTextContents();
    expect(cells).toEqual(['✓valid', '✓valid', '✗invalid: not valid in 2 of 3 rounds', '·not made']);
    await matrix.getByRole('link', { name: 'invalid: not valid in 2 of 3 rounds' }).press('Enter');
    expect(await textsOf(report.page, '.finding:target .witness li')).toHaveLength(2);
    await matrix.getByRole('link', { name: 'statuses' }).press('Enter');
    const details = report.page.locator('details.check', { hasText: 'statuses' });
    await expect.poll(() => details.evaluate((element) => element.hasAttribute('open'))).toBe(true);
    expect(await details.getByRole('row').count()).toBe(10);
  });

  it('keep the signs of eight arms on a phone', async () => {
    await using report = await browser.open('long.html', { viewport: PHONE, isMobile: true, hasTouch: true });
    const matrix = report.page.locator('.check-matrix');
    const last = await matrix.locator('tbody tr').first().locator('td').last().boundingBox();
    expect((last?.x ?? PHONE.width) + (last?.width ?? 0)).toBeLessThanOrEqual(PHONE.width);
    expect(await textsOf(report.page, '.arm-numbers li')).toContain('8push-legacy batch=1000');
    await matrix.screenshot({ path: screenshotPath('checks.phone.png') });
  });

  it('tell what differs from the defaults, and the whole scenario', async () => {
    await using report = await browser.open('sample.html', { viewport: DESKTOP });
    const changed = report.page.getByRole('table', { name: 'Settings that differ from the default' });
    const rows = (await changed.getByRole('row').allTextContents()).map((text) => text.replace(/\s+/g, ' ').trim());
    expect(rows.slice(1)).toEqual([
      'postgres.settings.synchronous_commitoffnone',
      'load.routepush · push-legacyvariedpush',
      'rounds31',
      'expectlost == 0, push.p99 <= push-legacy.p99none',
    ]);
    await report.page.getByText('The whole scenario').press('Enter');
    expect(await report.page.getByText('matrix: { load.route: [push, push-legacy] }').isVisible()).toBe(true);
  });

  it('copy the command that runs it again, also without a right to the clipboard', async () => {
    const permissions = ['clipboard-read', 'clipboard-write'];
    await using report = await browser.open('sample.html', { viewport: DESKTOP, permissions });
    const button = report.page.getByRole('button', { name: 'Copy' });
    await button.press('Enter');
    await expect.poll(() => report.page.getByRole('status').textContent()).toBe('Copied');
    expect(await report.page.evaluate('navigator.clipboard.readText()')).toBe(sampleResult().command);

    await using bare = await browser.open('sample.html', { viewport: DESKTOP });
    await bare.page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })");
    await bare.page.getByRole('button', { name: 'Copy' }).click();
    await expect.poll(() => bare.page.getByRole('status').textContent()).toMatch(/^Copied|^Marked/);
    expect(await bare.page.evaluate('getSelection().toString()')).toBe(sampleResult().command);
  });

  it.each(['light', 'dark'] as const)(
    'can be read: every text in %s has a contrast of 4.5 at least',
    async (scheme) => {
      await using report = await browser.open('long.html', { viewport: DESKTOP, colorScheme: scheme });
      const closed = report.page.locator('details:not(.run):not([open]) > summary:visible');
      for (let left = await closed.count(); left > 0; left = await closed.count()) await closed.first().click();
      expect(await report.page.evaluate(WEAK_TEXTS)).toEqual([]);
      const clip = { x: 0, y: 0, width: DESKTOP.width, height: 6000 };
      await report.page.screenshot({ path: screenshotPath(`long.${scheme}.png`), fullPage: true, clip });
    },
  );
});

/**
 * Texts whose contrast is below 4.5, by the colours that the browser computed. As a text: the types of a browser's globals are
 * not those of this program.
 */
const WEAK_TEXTS = `(() => {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 1;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  const rgba = (colour) => {
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = colour;
    context.fillRect(0, 0, 1, 1);
    return [...context.getImageData(0, 0, 1, 1).data];
  };
  const luminance = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const backgroundOf = (element) => {
    for (let at = element; at !== null; at = at.parentElement) {
      const colour = rgba(getComputedStyle(at).backgroundColor);
      if (colour[3] === 255) return colour;
    }
    return [255, 255, 255];
  };
  const weak = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let seen = 0;
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (walker.currentNode.data.trim() === '' || element.closest('script, style, svg') || !element.checkVisibility()) continue;
    seen += 1;
    const pair = [luminance(rgba(getComputedStyle(element).color)), luminance(backgroundOf(element))].sort((a, b) => a - b);
    const contrast = (pair[1] + 0.05) / (pair[0] + 0.05);
    if (contrast < 4.5) weak.add(contrast.toFixed(2) + ' ' + element.className + ': ' + walker.currentNode.data.trim().slice(0, 40));
  }
  return seen < 200 ? ['only ' + seen + ' texts were seen'] : [...weak];
})()`;
