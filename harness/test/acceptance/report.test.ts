import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { writeDefectsReports } from '../../report/write-defects-reports.ts';
import { writeReports } from '../../report/write-reports.ts';
import { sampleResult } from '../sample-result.ts';
import { finish, runMain } from './run-cli.ts';

const MAIN = new URL('../../rerender/main.ts', import.meta.url).pathname;

const report = (...words: readonly string[]) => runMain(MAIN, words);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'queueproof-report-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const RENDERED = ['junit.xml', 'report.html', 'report.md'];
const texts = () => Promise.all(RENDERED.map((name) => readFile(join(folder, name), 'utf8')));

test('all of a report is rendered again, the same as when it was written, and summarised', async () => {
  await writeReports(folder, sampleResult());
  const before = await texts();
  for (const name of RENDERED) await rm(join(folder, name));
  const { exitCode, stdout, stderr } = await report(folder);
  expect([exitCode, stderr]).toEqual([0, '']);
  expect(stdout).toContain('✗ invalid: 42 of 45 checks valid');
  expect(stdout).toMatch(/rendered .*report\.html, .*report\.md, .*junit\.xml\n$/);
  expect(await texts()).toEqual(before);
});

test('--format picks what is written; terminal writes nothing', async () => {
  await writeFile(join(folder, 'result.json'), JSON.stringify(sampleResult()));
  expect((await report(folder, '--format', 'terminal')).stdout).toContain('✗ invalid');
  expect(await readdir(folder)).toEqual(['result.json']);
  await report(folder, '--format', 'junit');
  await report(folder, '--format', 'md');
  expect((await readdir(folder)).toSorted()).toEqual(['junit.xml', 'report.md', 'result.json']);
});

test('--json prints the result alone', async () => {
  await writeFile(join(folder, 'result.json'), JSON.stringify(sampleResult(), null, 2));
  const { stdout } = await report(folder, '--json', '--format', 'terminal');
  expect(stdout.trimEnd().split('\n')).toHaveLength(1);
  expect(JSON.parse(stdout)).toEqual(sampleResult());
});

test('a report of defects is rendered, too; a page it has not is refused', async () => {
  const { environment, startedAt } = sampleResult();
  const trial = { workload: 'smoke', witness: 'w', alsoCaughtBy: [], durationMs: 1 };
  await writeDefectsReports(folder, {
    ...{ schemaVersion: 1, scenario: 'defects', question: 'q', answer: '1 of 2', verdict: 'failed', exitCode: 2 },
    ...{ reasons: ['leak'], startedAt, durationMs: 1, seed: 1, command: 'c', environment },
    trials: [
      { ...trial, defect: 'none', caughtBy: null, verdict: 'clean' },
      { ...trial, defect: 'leak', caughtBy: 'leaks', verdict: 'missed' },
    ],
  });
  await rm(join(folder, 'report.md'));
  const { exitCode, stdout } = await report(folder);
  expect(exitCode).toBe(0);
  expect(stdout).toContain('leak not caught by leaks');
  expect((await readdir(folder)).toSorted()).toEqual(['junit.xml', 'report.md', 'result.json']);
  expect(await readFile(join(folder, 'junit.xml'), 'utf8')).toMatch(/tests="3" failures="2" errors="0"/);
  const html = await report(folder, '--format', 'html');
  expect([html.exitCode, html.stderr]).toEqual([64, expect.stringContaining('has no html report')]);
});

test('the examples of docs/result.md read a result with nothing but Node.js', async () => {
  const text = await readFile(new URL('../../../docs/result.md', import.meta.url), 'utf8');
  const commands = [...text.matchAll(/^node -p ".*"$/gm)].map(([command]) => command);
  expect(commands).toHaveLength(2);
  await mkdir(join(folder, 'reports/latest'), { recursive: true });
  await writeFile(join(folder, 'reports/latest/result.json'), JSON.stringify(sampleResult()));
  const said = [];
  for (const command of commands) {
    const child = spawn('sh', ['-c', command], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    said.push(await finish(child));
  }
  expect(said.map(({ stderr }) => stderr)).toEqual(['', '']);
  expect(said[0]?.stdout).toMatch(
    /^push 56400\npush-legacy 34800\npush created_at-cursor .* no figure\npush poolSize=150 no figure\n$/,
  );
  expect(said[1]?.stdout.trimEnd().split('\n')).toHaveLength(3);
});

describe('what cannot be rendered ends with 64 and says why', () => {
  test.each([
    ['no folder', ['nowhere'], 'There is no folder nowhere'],
    ['broken JSON', [], 'it is no JSON'],
    [
      'an unknown format',
      ['--format', 'pdf'],
      "'pdf' is invalid. Allowed choices are all, html, md, errors, junit, terminal",
    ],
  ])('%s', async (_, words, message) => {
    await writeFile(join(folder, 'result.json'), '{"schemaVersion": 1, "arms": [');
    const { exitCode, stderr, stdout } = await report(...(words[0] === 'nowhere' ? words : [folder, ...words]));
    expect(stderr).toContain(message);
    expect([exitCode, stdout]).toEqual([64, '']);
  });
});
