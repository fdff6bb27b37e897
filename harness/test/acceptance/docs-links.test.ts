import { existsSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';
import { listScenarios } from '../../scenario/list-scenarios.ts';
import { PAGES, REPOSITORY, textOf } from './documentation.ts';
import { anchorsOf, fencedBlocks, linksOf } from './markdown.ts';

/** Pages that are linked to and not written yet. Empty when all are; a page that is there may not stand here. */
const NOT_YET_WRITTEN: readonly string[] = [];

describe.each(PAGES)('%s', (page) => {
  const text = textOf(page);

  test('every link leads somewhere, and to a heading that is there', () => {
    const broken = linksOf(text).flatMap(({ line, target }) => {
      if (/^[a-z]+:/.test(target)) return [];
      const [path = '', anchor] = target.split('#');
      const file = path === '' ? page : normalize(join(dirname(page), path));
      if (NOT_YET_WRITTEN.includes(file)) return [];
      if (!existsSync(join(REPOSITORY, file))) return [`${page}:${line}: no file ${file}`];
      if (anchor === undefined) return [];
      return anchorsOf(textOf(file)).includes(anchor) ? [] : [`${page}:${line}: no heading #${anchor} in ${file}`];
    });
    expect(broken).toEqual([]);
  });

  test('every fence says what it holds, and commands stand in blocks that are run', () => {
    const wrong = fencedBlocks(text).flatMap(({ line, language, text: block }) => {
      if (language === '') return [`${page}:${line}: a fence without a language`];
      return language === 'text' && /^\s*(\$ |npm run |npx |node )/m.test(block.split('\n')[0] ?? '')
        ? [`${page}:${line}: a command in a block of text is not run`]
        : [];
    });
    expect(wrong).toEqual([]);
  });

  test('every npm script that is named exists', () => {
    const { scripts } = JSON.parse(textOf('package.json')) as { readonly scripts: Readonly<Record<string, string>> };
    const named = [...text.matchAll(/\bnpm (?:run(?: --silent| -s)? )([a-z][\w:-]*)/g)].map(([, name = '']) => name);
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
  });
});

test('what is said to be not written yet is not', () => {
  expect(NOT_YET_WRITTEN.filter((file) => existsSync(join(REPOSITORY, file)))).toEqual([]);
});

test('every page of docs/ is in its index', () => {
  const linked = linksOf(textOf('docs/README.md')).map(({ target }) => `docs/${target.split('#')[0]}`);
  expect(
    PAGES.filter((page) => page.startsWith('docs/') && page !== 'docs/README.md' && !linked.includes(page)),
  ).toEqual([]);
});

test('every shipped scenario is on its page, with the times that --list tells', () => {
  const rows = textOf('docs/scenarios.md')
    .split('\n')
    .filter((line) => line.startsWith('| `'));
  for (const { name, estimatedMs, quickMs } of listScenarios()) {
    const row = rows.find((line) => line.startsWith(`| \`${name}\``));
    expect(row, name).toBeDefined();
    const cells = (row ?? '').split('|').map((cell) => cell.trim());
    expect(cells.slice(3, 5), name).toEqual([
      wholeSeconds(estimatedMs),
      quickMs === undefined ? '–' : wholeSeconds(quickMs),
    ]);
  }
});

/** `1 min 59 s`, `33 s`. */
function wholeSeconds(durationMs: number): string {
  const seconds = Math.round(durationMs / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

test("every variable of the server's configuration is on its page", () => {
  const names = [...textOf('server/config.ts').matchAll(/read\.\w+\('([A-Z_]+)'|environment\.([A-Z_]+)\b/g)];
  const page = textOf('docs/server.md');
  const missing = names.map(([, read, taken]) => read ?? taken ?? '').filter((name) => !page.includes(`\`${name}\``));
  expect(names.length).toBeGreaterThan(30);
  expect(missing).toEqual([]);
});

test('the README is short, and its picture is one', () => {
  expect(textOf('README.md').split('\n').length).toBeLessThanOrEqual(250);
  const picture = join(REPOSITORY, 'docs/report.png');
  if (!NOT_YET_WRITTEN.includes('docs/report.png')) expect(statSync(picture).size).toBeGreaterThan(10_000);
});
