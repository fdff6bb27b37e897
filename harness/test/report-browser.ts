import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const askedFor = process.env.CHROMIUM_PATH;
const executablePath = askedFor ?? '/usr/bin/chromium';

/** A machine without a browser passes `npm test`; one that names a browser must have it. */
export const hasNoBrowser = askedFor === undefined && !existsSync(executablePath);

/** Pictures of the reports that the tests opened, to be looked at; git ignores them. */
const SCREENSHOTS = join(import.meta.dirname, '../../reports/screenshots');

export const DESKTOP = { width: 1280, height: 860 };
export const PHONE = { width: 360, height: 740 };

interface OpenReport extends AsyncDisposable {
  readonly page: Page;
  /** Whatever the page said on its console, and its uncaught errors. */
  readonly complaints: readonly string[];
  /** What it asked for beside itself. */
  readonly requests: readonly string[];
}

export interface ReportBrowser extends AsyncDisposable {
  readonly write: (name: string, text: string) => Promise<void>;
  /** Opens a report from disk. */
  readonly open: (name: string, options: BrowserContextOptions) => Promise<OpenReport>;
}

/** A headless browser, and a folder for reports that goes with it. */
export async function startReportBrowser(): Promise<ReportBrowser> {
  const folder = await mkdtemp(join(tmpdir(), 'queueproof-html-'));
  await mkdir(SCREENSHOTS, { recursive: true });
  const browser = await chromium.launch({ executablePath });
  return {
    write: (name, text) => writeFile(join(folder, name), text),
    open: async (name, options) => {
      const context = await browser.newContext(options);
      const page = await context.newPage();
      const complaints: string[] = [];
      const requests: string[] = [];
      page.on('console', (message) => complaints.push(message.text()));
      page.on('pageerror', (error) => complaints.push(error.message));
      const file = pathToFileURL(join(folder, name)).href;
      page.on('request', (request) => {
        if (request.url() !== file && !request.url().startsWith('data:')) requests.push(request.url());
      });
      await page.goto(file);
      return { page, complaints, requests, [Symbol.asyncDispose]: () => context.close() };
    },
    [Symbol.asyncDispose]: async () => {
      await browser.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** Where a picture of this name is kept. */
export function screenshotPath(name: string): string {
  return join(SCREENSHOTS, name);
}

/** Colours of the lines that are drawn in a chart. */
export function strokesIn(page: Page, chart: string): Promise<readonly (string | null)[]> {
  return page
    .locator(`#${chart} svg path[fill=none]`)
    .evaluateAll((paths) => paths.map((path) => path.getAttribute('stroke')));
}
