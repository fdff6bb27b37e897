import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ArmResult } from '../../report/result.ts';
import { CliSandbox } from './run-cli.ts';

/** The arms of the last run, whose errors must add up and be those that `errors` has. */
async function armsOf(sandbox: CliSandbox): Promise<readonly ArmResult[]> {
  const arms = (await sandbox.latestResult()).arms as readonly ArmResult[];
  for (const { errors, errorReport } of arms) {
    const classes = errorReport?.classes ?? [];
    for (const { class: name, count, inFaults, outside, untimed, overTime } of classes) {
      const total = (counts: readonly number[]) => counts.reduce((sum, one) => sum + one, 0);
      expect(total(inFaults.map((one) => one.count)) + outside + untimed, name).toBe(count);
      expect(total(overTime.flatMap(({ counts }) => counts)) + untimed, name).toBe(count);
    }
    const ofProducers = classes.filter(({ source }) => source === 'producer');
    expect(new Map(ofProducers.map((error) => [error.class, error.count]))).toEqual(
      new Map(errors.map((error) => [error.class, error.count])),
    );
  }
  return arms;
}

/** Nothing was violated. A machine too busy for every check to be judged (3) shows no less of errors. */
const UNVIOLATED = [0, 3];

const file = (sandbox: CliSandbox, name: string) => readFile(join(sandbox.reports, 'latest', name), 'utf8');

test('failover: what the end of PostgreSQL must cause is in both logs, explained by it', async () => {
  await using sandbox = await CliSandbox.create();
  const { exitCode, stdout } = await sandbox.run(['failover', '--quick', '--postgres', 'embedded']);
  expect(UNVIOLATED, stdout).toContain(exitCode);
  const [arm] = await armsOf(sandbox);
  const classes = arm?.errorReport?.classes ?? [];
  expect(classes.map(({ source }) => source)).toEqual(expect.arrayContaining(['server log', 'PostgreSQL log']));
  expect(classes.filter(({ expected }) => expected !== true)).toEqual([]);
  for (const { inFaults } of classes) {
    expect(inFaults.map(({ fault }) => arm?.faults?.[fault]?.kind)).toEqual(['postgres-kill']);
  }
  expect(await file(sandbox, 'errors.md')).toMatch(
    /\*\*[\d,]+ errors? of \d+ class(es)?; all in the window of a fault/,
  );
  expect(stdout).not.toContain('unexplained');
});

test('network-cut: producers see their connections reset, and that is explained', async () => {
  await using sandbox = await CliSandbox.create();
  const { exitCode, stdout } = await sandbox.run(['network-cut', '--quick', '--postgres', 'embedded']);
  expect(UNVIOLATED, stdout).toContain(exitCode);
  const [arm] = await armsOf(sandbox);
  const classes = arm?.errorReport?.classes ?? [];
  const ofProducers = classes.filter(({ source }) => source === 'producer');
  expect(ofProducers.length).toBeGreaterThan(0);
  for (const { kind, expected } of ofProducers) expect([kind, expected]).toEqual(['socket', true]);
  expect(classes.filter(({ expected }) => expected === false)).toEqual([]);
});

test('poisoned-connection: items that cannot be stored are refused by right, so there are no errors', async () => {
  await using sandbox = await CliSandbox.create();
  const { exitCode, stdout } = await sandbox.run(['poisoned-connection', '--quick', '--postgres', 'embedded']);
  expect(exitCode, stdout).toBe(0);
  const arms = await armsOf(sandbox);
  expect(arms.flatMap(({ errorReport }) => errorReport?.classes ?? [])).toEqual([]);
  expect(await file(sandbox, 'errors.md')).toContain('**No errors.** Looked at:');
  expect(await file(sandbox, 'report.html')).toContain('No errors.');
});

test('a broken server: what nothing explains comes first, on the terminal too', async () => {
  await using sandbox = await CliSandbox.create();
  const defect = ['--set', 'server.defect=one-bad-row-takes-others', '--set', 'load.route=push'];
  const words = ['poisoned-connection', '--quick', ...defect, '--postgres', 'embedded'];
  const { exitCode, stdout } = await sandbox.run(words);
  expect(exitCode, stdout).toBe(1);
  const [arm] = await armsOf(sandbox);
  const [first] = arm?.errorReport?.classes ?? [];
  expect(first).toMatchObject({ source: 'producer', class: 'item failed', expected: false });
  expect(first?.firstUnexplained?.round).toBe(1);
  expect(stdout.replace(/\s+/g, ' ')).toMatch(
    /✗ push: [\d,]+ × producer: item failed, unexplained, first at [−\d.]+ s: /,
  );
  const rows = (await file(sandbox, 'errors.md')).split('\n').filter((line) => /\| [✗?✓] /.test(line));
  expect(rows[0]).toContain('unexplained');
});
