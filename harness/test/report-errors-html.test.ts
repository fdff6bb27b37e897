import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderHtml } from '../report/html/page.ts';
import { errorsResult, explainedResult, faultlessResult } from './sample-errors.ts';
import { hostileResult } from './sample-result.ts';

const askedFor = process.env.CHROMIUM_PATH;
const executablePath = askedFor ?? '/usr/bin/chromium';
const screenshots = join(import.meta.dirname, '../../reports/.screenshots');
const DESKTOP = { width: 1280, height: 860 };
const PHONE = { width: 390, height: 844 };

const PAGES = {
  errors: errorsResult,
  explained: explainedResult,
  none: faultlessResult,
  hostile: () => hostileResult(errorsResult()),
};

// A machine without a browser passes `npm test`; one that names a browser must have it.
describe.skipIf(askedFor === undefined && !existsSync(executablePath))('errors of report.html in a browser', () => {
  let browser: Browser;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'queueproof-errors-'));
    await mkdir(screenshots, { recursive: true });
    for (const [name, result] of Object.entries(PAGES)) {
      await writeFile(join(folder, `${name}.html`), await renderHtml(result()));
    }
    browser = await chromium.launch({ executablePath });
  });

  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true });
  });

  /** Opens a report from disk; whatever the page complains about or asks for is collected. */
  async function open(name: keyof typeof PAGES, options: BrowserContextOptions) {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    const file = pathToFileURL(join(folder, `${name}.html`)).href;
    page.on('request', (request) => {
      if (request.url() !== file && !request.url().startsWith('data:')) complaints.push(request.url());
    });
    await page.goto(file);
    const section = page.locator('section[aria-labelledby=errors]');
    return { page, section, complaints, [Symbol.asyncDispose]: () => context.close() };
  }

  it('lists what nothing explains first, and the contents lead there', async () => {
    await using report = await open('errors', { viewport: DESKTOP });
    await report.page.getByRole('navigation').getByRole('link', { name: 'Errors' }).click();
    expect(report.page.url()).toMatch(/#errors$/);
    expect(await report.section.locator('.errors-sentence').textContent()).toBe(
      '3 errors of 1 class that nothing explains, among 1,208 in all.',
    );
    const table = report.section.getByRole('table', { name: 'Errors by class' });
    const titles = await table.getByRole('columnheader').allTextContents();
    expect(titles).toEqual(['class', 'source', 'count', 'first', 'last', 'expected', 'example']);
    const names = await table.getByRole('rowheader').allTextContents();
    expect(names).toEqual([
      'http 503push-legacy · HTTP status',
      'socket ECONNRESETpush-legacy · socket',
      'ECONNREFUSED connect ECONNREFUSED #.#.#.#:#push · socket',
      'pop http 503push · HTTP status',
    ]);
    const [, first = ''] = await table.getByRole('row').allTextContents();
    expect(first).toContain('✗unexplainedno connection became free within 5000 ms');
  });

  it('counts by fault and by arm and source', async () => {
    await using report = await open('errors', { viewport: DESKTOP });
    const faults = await report.section
      .getByRole('table', { name: 'Errors by fault' })
      .getByRole('row')
      .allTextContents();
    expect(faults[1]?.replace(/\s+/g, ' ').trim()).toMatch(
      /^postgres-killpush, round 1 ?2\.0–4\.5 s ?1,204 ?1,200 × server/,
    );
    expect(faults).toHaveLength(5);
    const sources = report.section.getByRole('table', { name: 'Errors by arm and source' });
    expect(await sources.getByRole('row', { name: 'push-legacy' }).textContent()).toMatch(
      /4\s*0\s*0\s*not seen\s*4\s*3/,
    );
  });

  it.each(['light', 'dark'] as const)('draws errors over time with the fault shaded: %s', async (colorScheme) => {
    await using report = await open('errors', { viewport: DESKTOP, colorScheme });
    const charts = report.section.locator('.chart');
    expect(await charts.evaluateAll((all) => all.map(({ id }) => id))).toEqual(['chart-errors-1', 'chart-errors-0']);
    const ofPush = report.section.locator('#chart-errors-0 svg');
    const strokes = await ofPush
      .locator('path[fill=none]')
      .evaluateAll((paths) => paths.map((path) => path.getAttribute('stroke')));
    const [consumer, server] = colorScheme === 'light' ? ['#c85f06', '#0b8074'] : ['#ffa35c', '#4cc9b5'];
    expect(strokes).toEqual(expect.arrayContaining([consumer, server]));
    const shade = colorScheme === 'light' ? '#fbe8e6' : '#3a1816';
    // Two of the sample's three faults were done.
    expect(await ofPush.locator(`path[fill="${shade}"]`).count()).toBe(2);
    expect(report.complaints).toEqual([]);
    await report.section.screenshot({ path: join(screenshots, `errors-${colorScheme}.png`) });
  });

  it('says in one line that there were none, and what was looked at', async () => {
    await using report = await open('none', { viewport: DESKTOP });
    expect(await report.section.locator('.errors-sentence').textContent()).toBe('No errors.');
    expect(await report.section.textContent()).toContain('Looked at: what producers were answered');
    expect(await report.section.getByRole('table').count()).toBe(0);
  });

  it('does not paint errors red that faults explain', async () => {
    await using report = await open('explained', { viewport: DESKTOP });
    expect(await report.section.locator('.bad').count()).toBe(0);
  });

  it.each(['errors', 'hostile'] as const)('fits a phone without scrolling sideways: %s', async (name) => {
    await using report = await open(name, { viewport: PHONE, isMobile: true, hasTouch: true });
    const sideways = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
    expect(await report.page.evaluate(sideways)).toBe(0);
    const cut = await report.section
      .locator('.scroll')
      .evaluateAll((boxes) => boxes.filter((box) => box.scrollWidth > box.clientWidth).length);
    expect(cut).toBe(0);
    await report.section.screenshot({ path: join(screenshots, `errors-phone-${name}.png`) });
  });

  it('keeps hostile text as text', async () => {
    await using report = await open('hostile', { viewport: DESKTOP });
    expect(await report.section.textContent()).toContain('<img src=x onerror="window.hostile=1">');
    await report.page.hover('#chart-errors-0', { position: { x: 300, y: 120 } });
    expect(await report.page.evaluate("'hostile' in window")).toBe(false);
    expect(await report.page.locator('img').count()).toBe(0);
    expect(report.complaints).toEqual([]);
  });
});
