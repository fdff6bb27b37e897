import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { processesOf } from '../processes-of.ts';
import { CliSandbox } from './run-cli.ts';

interface ReportedTrial {
  readonly defect: string;
  readonly verdict: string;
  readonly witness: string;
  readonly alsoCaughtBy: readonly string[];
}

test('defects that are caught by their check and their behaviour, and a good server: 0, with reports and no leftovers', async () => {
  await using sandbox = await CliSandbox.create();
  const words = ['defects', '--only', 'empty-status,joined-group-key', '--postgres', 'embedded'];
  const { exitCode, stdout, stderr } = await sandbox.run(words);
  expect(stderr).toBe('');
  expect(exitCode, stdout).toBe(0);
  expect(stdout).toMatch(/✓ empty-status\s+→ statuses \(seed-validation\)\n {4}malformed: /);
  expect(stdout).toMatch(/✓ joined-group-key → names-colon \(conformance\)\n {4}expected /);
  const { trials, verdict } = (await sandbox.latestResult()) as { trials: ReportedTrial[]; verdict: string };
  expect(verdict).toBe('passed');
  expect(trials.map((trial) => [trial.defect, trial.verdict])).toEqual([
    ['none', 'clean'],
    ['none', 'clean'],
    ['empty-status', 'caught'],
    ['joined-group-key', 'caught'],
  ]);
  await access(join(sandbox.reports, 'latest', '03-empty-status', 'server-01.log'));
  expect(await readFile(join(sandbox.reports, 'latest', 'report.md'), 'utf8')).toContain('`empty-status`');
  expect(await sandbox.leftovers()).toEqual([]);
  expect(await processesOf(sandbox.temporary)).toEqual([]);
});

test('a defect that only another check catches: 2, and it is said which', async () => {
  await using sandbox = await CliSandbox.create();
  const folder = await mkdtemp(join(tmpdir(), 'queueproof-acceptance-yaml-'));
  try {
    const file = join(folder, 'wrong.yaml');
    const entry = '{ defect: empty-status, scenario: seed-validation, caughtBy: connections }';
    await writeFile(file, `question: Is it caught?\ndefects:\n  - ${entry}\n`);
    const { exitCode, stdout } = await sandbox.run([file, '--postgres', 'embedded']);
    expect(exitCode, stdout).toBe(2);
    expect(stdout).toContain('✗ empty-status not caught by connections (seed-validation), also by statuses');
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('--dry-run tells what is tried and what must catch it; --only is for defects', async () => {
  await using sandbox = await CliSandbox.create();
  const plan = await sandbox.run(['defects', '--dry-run']);
  expect(plan.exitCode).toBe(0);
  expect(plan.stdout).toContain('the good server: seed-validation; must be accused by nothing');
  expect(plan.stdout).toContain('empty-status: seed-validation; must be caught by statuses');
  const refused = await sandbox.run(['smoke', '--only', 'empty-status']);
  expect(refused.exitCode).toBe(64);
  expect(refused.stderr).toContain('--only');
});
