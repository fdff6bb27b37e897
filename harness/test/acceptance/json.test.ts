import { spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { CliSandbox, finish } from './run-cli.ts';

const COMPARE = new URL('../../compare/main.ts', import.meta.url).pathname;

test('--json: a result a line and nothing else on stdout; a workflow is told on stderr, and by its summary', async () => {
  await using sandbox = await CliSandbox.create();
  const summary = join(sandbox.temporary, 'summary.md');
  const words = ['seed-validation', 'seed-validation', '--postgres', 'embedded', '--json'];
  const { stdout, stderr } = await sandbox.run(words, { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary });
  const results = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(results.map(({ scenario }) => scenario)).toEqual(['seed-validation', 'seed-validation']);
  const schema = await readFile(new URL('../../../docs/result.schema.json', import.meta.url), 'utf8');
  const fits = new Ajv().compile(JSON.parse(schema));
  for (const result of results) expect([fits(result), fits.errors]).toEqual([true, null]);
  expect(await sandbox.latestResult()).toEqual(results.at(-1));
  expect(stderr).toContain('seed-validation: 1 runs');
  expect(stderr).toMatch(/^::(notice|warning|error) title=seed-validation%3A \w+::/m);
  expect((await readFile(summary, 'utf8')).match(/^## . seed-validation: \w+$/gm)).toHaveLength(2);
  // Two real runs of one scenario on one machine are comparable, whatever a run has of its own.
  const [before = '', after = ''] = await readdir(join(sandbox.reports, 'seed-validation'));
  const folders = [before, after].map((name) => join(sandbox.reports, 'seed-validation', name));
  const compared = await finish(spawn(process.execPath, [COMPARE, ...folders], { stdio: ['ignore', 'pipe', 'pipe'] }));
  expect([compared.exitCode, compared.stderr]).toEqual([0, '']);
  expect(compared.stdout).not.toContain('What differs');
});

test('--json with a mistake: the error on stderr, nothing on stdout, the exit code as ever', async () => {
  await using sandbox = await CliSandbox.create();
  const wrong = await sandbox.run(['smoek', '--json']);
  expect([wrong.exitCode, wrong.stdout]).toEqual([64, '']);
  expect(wrong.stderr).toContain('smoke');
  const both = await sandbox.run(['smoke', '--json', '--dry-run']);
  expect([both.exitCode, both.stderr]).toEqual([
    64,
    expect.stringContaining("'--json' cannot be used with option '--dry-run'"),
  ]);
});
