import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Result } from '../../report/result.ts';
import { CliSandbox } from './run-cli.ts';

const MAIN = new URL('../../profile/main.ts', import.meta.url).pathname;

test('--with cpu shows what the server does in the measured window, proves the run, and judges no figure', async () => {
  await using sandbox = await CliSandbox.create(MAIN);
  const { exitCode, stdout, stderr } = await sandbox.run(['smoke', '--quick', '--seed', '1']);
  expect(stderr).toBe('');
  // On a machine with far too much to do, how many connections there were may be unknown: the profile is there all the same.
  expect([0, 3]).toContain(exitCode);
  const result = (await sandbox.latestResult()) as Result;
  expect(result).toMatchObject({
    exitCode,
    expectations: [],
    ceilings: [],
    profile: { with: 'cpu', failure: null },
  });
  expect(result.arms).toMatchObject([{ name: 'push', rounds: 1 }]);
  expect(result.answer).toMatch(/^Under a profiler \(cpu\), so no figure to compare: /);
  expect(result.command).toBe(`npm run profile -- smoke --quick --seed 1 --reports ${sandbox.reports}`);

  const { costs, files, subject } = result.profile ?? { files: [] };
  expect(subject).toContain('2 workers');
  expect(costs?.functions.some(({ place }) => /^server\/\w.*\.ts:\d+$/.test(place))).toBe(true);
  const latest = join(sandbox.reports, 'latest');
  const kept = await readdir(join(latest, 'profile'));
  expect(files.map((file) => file.slice('profile/'.length)).toSorted()).toEqual(kept.toSorted());
  for (const who of ['primary', 'worker-1', 'worker-2']) {
    expect(kept.some((file) => file.startsWith(`${who}-pid-`) && file.endsWith('.cpuprofile'))).toBe(true);
  }
  const first = costs?.functions[0]?.name ?? '?';
  expect(await readFile(join(latest, 'profile', 'profile.md'), 'utf8')).toContain(`\`${first}\``);
  for (const report of ['report.md', 'report.html']) {
    expect(await readFile(join(latest, report), 'utf8')).toContain('profile/profile.md');
  }
  expect(stdout).toContain('self ms');
  expect(await sandbox.leftovers()).toEqual([]);
});

test('a wrong word, an arm that is not there and a target are refused before anything is started', async () => {
  await using sandbox = await CliSandbox.create(MAIN);
  const refusals = [
    [['smoke', '--with', 'flamme'], 'did you mean "flame"?'],
    [['smoke', '--arm', 'pull'], 'its arms are "push", "push-legacy"'],
    [['smoke', '--target', 'http://127.0.0.1:1'], '--target: a server that was not started here cannot be looked into'],
    [['smokee'], 'did you mean "smoke"?'],
    [[], "missing required argument 'scenario'"],
  ] as const;
  for (const [words, text] of refusals) {
    const { exitCode, stderr } = await sandbox.run(words);
    expect(stderr).toContain(text);
    expect(exitCode).toBe(64);
  }
  expect(await readdir(sandbox.reports)).toEqual([]);
});
