import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { GitHubStep } from '../cli/github-step.ts';
import { passedResult, sampleResult } from './sample-result.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'queueproof-github-'));
  file = join(folder, 'summary.md');
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function tell(environment: Readonly<Record<string, string | undefined>>, result = sampleResult()) {
  const said = { output: '', stderr: '' };
  const stream = (name: 'output' | 'stderr') => ({
    write: (text: string) => {
      said[name] += text;
    },
  });
  using step = new GitHubStep({ environment, output: stream('output'), stderr: stream('stderr'), token: 'k3y' });
  said.output += '::error::from outside\n';
  await step.tell(result, 'reports/x');
  return said;
}

test('outside of GitHub nothing is printed and nothing is written', async () => {
  const nothing = { output: '::error::from outside\n', stderr: '' };
  expect(await tell({})).toEqual(nothing);
  expect(await tell({ GITHUB_ACTIONS: 'false', GITHUB_STEP_SUMMARY: '' })).toEqual(nothing);
});

test('annotations where a workflow runs, a summary where a file is named; the next one goes behind it', async () => {
  const { output, stderr } = await tell({ GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: file });
  expect(output).toMatch(/^::error title=push-vs-legacy%3A invalid::The proof failed/m);
  expect(stderr).toBe('');
  await tell({ GITHUB_STEP_SUMMARY: file }, passedResult());
  const text = await readFile(file, 'utf8');
  expect(text).toMatch(/^## ✗ push-vs-legacy: invalid\n[\s\S]*\n\n## ✓ push-vs-legacy: passed\n/);
});

test('a summary that cannot be written is a warning with the reason', async () => {
  const { stderr } = await tell({ GITHUB_STEP_SUMMARY: join(folder, 'no', 'such', 'folder') });
  expect(stderr).toMatch(/^! The step summary was not written .*ENOENT/);
});

test("GitHub's limit of a step is kept: what does not fit is left out, because all would be refused", async () => {
  await writeFile(file, 'x'.repeat(1024 * 1024 - 100));
  const { stderr } = await tell({ GITHUB_STEP_SUMMARY: file });
  expect(stderr).toContain('GitHub takes 1048576 of a step');
  expect((await readFile(file, 'utf8')).length).toBe(1024 * 1024 - 100);
});

test('what is printed before the result is told is no command, and commands work again after a failure', async () => {
  const { output } = await tell({ GITHUB_ACTIONS: 'true' });
  expect(output).toMatch(/^::stop-commands::k3y\n::error::from outside\n::k3y::\n::error title=/);
  let printed = '';
  const stream = {
    write: (text: string) => {
      printed += text;
    },
  };
  {
    using _step = new GitHubStep({
      environment: { GITHUB_ACTIONS: 'true' },
      output: stream,
      stderr: stream,
      token: 'k3y',
    });
  }
  expect(printed).toBe('::stop-commands::k3y\n::k3y::\n');
});
