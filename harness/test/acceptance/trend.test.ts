import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { textWidth } from '../../cli/text-width.ts';
import { type GitResult, measuredResults } from '../measured-results.ts';
import { runMain } from './run-cli.ts';

const MAIN = new URL('../../trend/main.ts', import.meta.url).pathname;
const LEGACY_SINCE = new Date('2026-11-02T10:00:00Z');

const trend = (...words: readonly string[]) => runMain(MAIN, words);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'queueproof-trend-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** As runs leave them: <folder>/<scenario>/<time>/result.json. */
async function store(results: readonly GitResult[]): Promise<void> {
  for (const result of results) await storeText(result.startedAt.replaceAll(':', '-'), JSON.stringify(result));
}

async function storeText(time: string, text: string): Promise<void> {
  const report = join(folder, 'push-vs-legacy', time);
  await mkdir(report, { recursive: true });
  await writeFile(join(report, 'result.json'), text);
}

const slower = () => [
  ...measuredResults(12, new Date('2026-11-01T10:00:00Z')),
  ...measuredResults(12, LEGACY_SINCE, { speed: 0.9 }),
];

test('a slower version is a notice with its run, and no failure', async () => {
  await store(slower().toReversed());
  const { exitCode, stdout, stderr } = await trend(folder);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout).toMatch(/^push-vs-legacy: push$/m);
  expect(stdout).toMatch(/^throughput +24 +[\d,]+ +msg\/s +[▁-█]{24}$/m);
  expect(stdout.replaceAll(/\s+/g, ' ')).toMatch(
    /worse: push-vs-legacy, push: throughput fell by 10(\.\d)? %, from 100,000 \(12 runs\) to 90,000 msg\/s \(12 runs\), with the run of 2026-11-02 10:00:00 UTC \(p = 0\.000\d\)/,
  );
  expect(stdout).toMatch(/4 changes in 11 series of 24 runs \(p < 0\.001\); they are notices, not failures\./);
  for (const line of stdout.split('\n')) expect(textWidth(line)).toBeLessThanOrEqual(100);
});

test('--json has the same, for machines', async () => {
  await store(slower());
  const { exitCode, stdout } = await trend(folder, '--json');
  expect(exitCode).toBe(0);
  const all = JSON.parse(stdout);
  expect(all.runs).toBe(24);
  expect(all.notices).toHaveLength(4);
  expect(all.notices[0]).toMatchObject({ arm: 'push', figure: 'throughput', isWorse: true, runsAfter: 12 });
});

test('runs that are alike have no notice, and too few runs are said to be', async () => {
  await store(measuredResults(5, LEGACY_SINCE));
  const { exitCode, stdout } = await trend(folder);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/No change in 11 series of 5 runs/);
  expect(stdout).toMatch(/11 series have fewer than 14 runs: too few/);
});

test('what was run once is counted and not shown: it has no trend', async () => {
  const once = measuredResults(1, new Date('2026-11-01T10:00:00Z'), { result: { scenario: 'smoke' } });
  await store([...once, ...measuredResults(2, LEGACY_SINCE)]);
  const { stdout } = await trend(folder);
  expect(stdout).toMatch(/^push-vs-legacy: push$/m);
  expect(stdout).not.toMatch(/smoke/);
  expect(stdout).toMatch(/^11 series are of one run alone, and are not shown\.$/m);
});

test('a file that cannot be used is named, the others are shown, and latest counts once', async () => {
  const results = measuredResults(4, LEGACY_SINCE);
  await store(results);
  await storeText('broken', '{"schemaVersion":1,');
  await storeText('older', '{"schemaVersion":0}');
  await storeText('defects', '{"schemaVersion":1,"scenario":"defects","trials":[]}');
  const last = results.at(-1)?.startedAt.replaceAll(':', '-') ?? '';
  await symlink(join('push-vs-legacy', last), join(folder, 'latest'));
  const { exitCode, stdout } = await trend(folder, join(folder, 'latest'));
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^throughput +4 /m);
  expect(stdout.replaceAll(/\s+/g, ' ')).toMatch(/not read: \S+broken\/result\.json cannot be read: .*JSON/);
  expect(stdout.replaceAll(/\s+/g, ' ')).toMatch(/not read: \S+older\/result\.json is not a result that this version/);
  expect(stdout.replaceAll(/\s+/g, ' ')).toMatch(/not read: \S+defects\/result\.json is of a run of defects/);
});

test('an escape sequence in a result does not reach the terminal', async () => {
  await store(measuredResults(2, LEGACY_SINCE, { result: { scenario: 'x\u001b[31m' } }));
  const { stdout } = await trend(folder);
  expect(stdout).toMatch(/^x \[31m: push$/m);
  expect(stdout).not.toContain('\u001b');
});

test.each([
  ['a folder that is not there', 'nowhere', /expected a folder of reports: \S+nowhere cannot be read: ENOENT/],
  ['a folder without results', '.', /there is no result\.json in /],
])('%s is a usage error with a way out', async (_, path, message) => {
  const { exitCode, stderr } = await trend(join(folder, path));
  expect(exitCode).toBe(64);
  expect(stderr).toMatch(message);
  expect(stderr).toMatch(/^→ /m);
});

test.each([
  ['--significance', '0.5', 'expected a number from 0.0001 to 0.1'],
  ['--at-least', 'x', 'expected a number from 0 to 100'],
  ['--last', '3', 'expected a whole number from 6 to 1000'],
  ['--seed', '-1', 'expected a whole number'],
])('%s %s is refused', async (option, value, message) => {
  const { exitCode, stderr } = await trend(folder, option, value);
  expect(exitCode).toBe(64);
  expect(stderr).toContain(message);
});
