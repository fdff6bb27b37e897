import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Result } from '../../report/result.ts';
import { passedResult, sampleResult } from '../sample-result.ts';
import { runMain } from './run-cli.ts';

const MAIN = new URL('../../compare/main.ts', import.meta.url).pathname;

const compare = (...words: readonly string[]) => runMain(MAIN, words);

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'queueproof-compare-'));
});
afterEach(async () => {
  await rm(root, { recursive: true });
});

async function stored(name: string, result: Result | object): Promise<string> {
  const folder = join(root, name);
  await mkdir(folder);
  await writeFile(join(folder, 'result.json'), JSON.stringify(result));
  return folder;
}

const elsewhere = (result: Result): Result => ({
  ...result,
  environment: { ...result.environment, cpu: 'Apple M9', cores: 12 },
});

test('two runs side by side: figures with ratio and interval, what only one has, checks that changed', async () => {
  const [before, after] = [await stored('a', passedResult()), await stored('b', sampleResult())];
  const { exitCode, stdout, stderr } = await compare(before, after);
  expect([exitCode, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/msg\/s +56,400 +56,400 +1\.00× +\[0\.96, 1\.04\]/);
  expect(stdout).toContain('only after: push poolSize=150');
  expect(stdout).toMatch(/accounting:? none → invalid/);
  expect((await compare(before, after, '--markdown')).stdout).toContain('| msg/s | 56,400 | 56,400 | 1.00× |');
  const json = JSON.parse((await compare(before, after, '--json')).stdout);
  expect(json.arms[0].figures[0]).toMatchObject({ name: 'throughputMsgPerS', before: 56_400, after: 56_400, ratio: 1 });
});

test('another machine is refused with what differs and the shares of the ceiling; told to, it is shown with a warning', async () => {
  const [before, after] = [await stored('a', passedResult()), await stored('b', elsewhere(passedResult()))];
  const refused = await compare(before, after, '--json');
  expect(refused.stderr).toContain('  cpu: AMD EPYC 7B13 → Apple M9\n');
  expect(refused.stderr).toContain('  cores: 2 → 12\n');
  expect(refused.stderr).toMatch(
    /Shares of the ceiling stay comparable between machines:\n {2}push: 0\.64 → 0\.64 \(1\.00×\)/,
  );
  expect(refused.stderr).toContain('→ Measure both in one environment');
  expect([refused.exitCode, refused.stdout]).toEqual([64, '']);
  const told = await compare(before, after, '--across-environments');
  expect(told.exitCode).toBe(0);
  expect(told.stdout).toContain('The environments differ: only shares of the ceiling say something of the server.');
});

test('another question is refused, and no share of a ceiling is named then', async () => {
  const other = await stored('b', { ...passedResult(), scenario: 'smoke' });
  const { exitCode, stderr } = await compare(await stored('a', passedResult()), other);
  expect(stderr).toContain('  scenario: push-vs-legacy → smoke');
  expect(stderr).not.toContain('Shares of the ceiling');
  expect(exitCode).toBe(64);
});

describe('what cannot be compared ends with 64 and says why', () => {
  test('no arm in common', async () => {
    const renamed = passedResult().arms.map((arm) => ({ ...arm, name: `x ${arm.name}`, parameters: {} }));
    const { exitCode, stderr } = await compare(
      await stored('a', passedResult()),
      await stored('b', { ...passedResult(), arms: renamed }),
    );
    expect([exitCode, stderr]).toEqual([
      64,
      expect.stringContaining('no arm in common: push, push-legacy before, x push'),
    ]);
  });

  test('a run of defects, a newer result, one folder alone, two formats at once', async () => {
    const good = await stored('a', passedResult());
    const { environment, startedAt, durationMs, seed, command } = passedResult();
    const run = { schemaVersion: 1, scenario: 'defects', question: 'q', answer: 'a', verdict: 'passed', exitCode: 0 };
    const defects = await stored('d', {
      ...{ ...run, reasons: [], startedAt, durationMs, seed, command, environment },
      trials: [],
    });
    const newer = await stored('n', { ...passedResult(), schemaVersion: 2 });
    for (const [words, message] of [
      [[good, defects], 'is of a run of defects'],
      [[newer, good], 'a newer queueproof wrote it'],
      [[good], "missing required argument 'after'"],
      [[good, good, '--json', '--markdown'], "'--markdown' cannot be used with option '--json'"],
    ] as const) {
      const { exitCode, stderr, stdout } = await compare(...words);
      expect([exitCode, stdout, stderr]).toEqual([64, '', expect.stringContaining(message)]);
    }
  });
});
