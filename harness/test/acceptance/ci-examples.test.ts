import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type CliRun, finish } from './run-cli.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const WORKFLOW = join(ROOT, 'examples/github-actions/queueproof.yml');
const SCRIPT = join(ROOT, 'examples/ci.sh');

interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly if?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, { readonly 'timeout-minutes': number; readonly steps: readonly Step[] }>>;
}

/** Scripts of the package; the gate's is there as soon as the gate is. */
async function scripts(): Promise<readonly string[]> {
  const text = await readFile(join(ROOT, 'package.json'), 'utf8');
  const named = Object.keys((JSON.parse(text) as { readonly scripts: Record<string, string> }).scripts);
  return existsSync(join(ROOT, 'harness/gate/main.ts')) ? named : [...named, 'gate'];
}

function scriptsNamed(text: string): readonly string[] {
  return [...text.matchAll(/npm run (?:-s |--silent )?([\w:-]+)/g)].map((match) => match[1] ?? '');
}

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'queueproof-ci-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** A project with the script in it, and an npm that notes how it is called and ends the gate with this code. */
async function project(gateCode: number, installCode = 0): Promise<Readonly<Record<string, string>>> {
  for (const name of ['bin', 'examples', 'reports/gate']) await mkdir(join(folder, name), { recursive: true });
  await copyFile(SCRIPT, join(folder, 'examples/ci.sh'));
  await writeFile(join(folder, 'reports/gate/result.json'), '{}');
  const npm = join(folder, 'bin/npm');
  const note = `echo "$*" >> "${join(folder, 'calls')}"`;
  await writeFile(npm, `#!/bin/sh\n${note}\n[ "$1" = ci ] && exit ${installCode}\nexit ${gateCode}\n`);
  await chmod(npm, 0o755);
  return { PATH: `${join(folder, 'bin')}:${process.env.PATH}`, ARTIFACTS: join(folder, 'kept') };
}

const calls = async () => (await readFile(join(folder, 'calls'), 'utf8')).trimEnd().split('\n');

async function bash(words: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<CliRun> {
  const child = spawn('bash', words, { env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
  return await finish(child);
}

describe('examples/github-actions/queueproof.yml', () => {
  const read = async () => parse(await readFile(WORKFLOW, 'utf8')) as Workflow;
  const stepsOf = ({ jobs }: Workflow) => Object.values(jobs).flatMap(({ steps }) => steps);

  test('uses the known actions by their major version, reads only, and ends some time', async () => {
    const workflow = await read();
    expect(Object.keys(workflow.on)).toEqual(['pull_request']);
    expect(workflow.permissions).toEqual({ contents: 'read' });
    expect(Object.values(workflow.jobs).every((job) => job['timeout-minutes'] > 0)).toBe(true);
    const used = stepsOf(workflow).flatMap(({ uses }) => (uses === undefined ? [] : [uses]));
    expect(used.length).toBeGreaterThan(2);
    for (const action of used) expect(action).toMatch(/^actions\/(checkout|setup-node|upload-artifact)@v\d+$/);
  });

  test('fetches the history the gate needs, and keeps the report of a gate that failed', async () => {
    const steps = stepsOf(await read());
    expect(steps.find(({ uses }) => uses?.startsWith('actions/checkout'))?.with).toMatchObject({ 'fetch-depth': 0 });
    const upload = steps.find(({ uses }) => uses?.startsWith('actions/upload-artifact'));
    expect(upload?.if).toContain('!cancelled()');
    expect(upload?.with?.path).toContain('reports/');
  });

  test('names no script that is not there, and puts nothing from outside into a script', async () => {
    const known = await scripts();
    const runs = stepsOf(await read()).flatMap(({ run }) => (run === undefined ? [] : [run]));
    const named = runs.flatMap(scriptsNamed);
    expect(named).toContain('gate');
    for (const name of named) expect(known).toContain(name);
    for (const run of runs) expect(run).not.toContain('${{');
  });

  test.each([
    [0, 0, ''],
    [1, 1, ''],
    [2, 2, ''],
    [3, 0, '::warning title=queueproof::'],
    [69, 69, ''],
  ])('a gate that ends with %i ends the step with %i', async (gateCode, expected, told) => {
    const gate = stepsOf(await read()).find(({ name }) => name === 'Gate');
    expect(gate?.env?.BASE).toMatch(/^origin\/\$\{\{ github\.base_ref \}\}$/);
    const environment = { ...(await project(gateCode)), BASE: 'origin/main; touch hacked' };
    // As the runner calls it.
    const { exitCode, stdout } = await bash(['-e', '-c', gate?.run ?? ''], environment);
    expect(exitCode).toBe(expected);
    expect(stdout).toContain(told);
    expect(await calls()).toEqual(['run gate -- --against origin/main; touch hacked']);
  });
});

describe('examples/ci.sh', () => {
  test('is a valid script that names no script that is not there', async () => {
    expect(await bash(['-n', SCRIPT])).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    const named = scriptsNamed(await readFile(SCRIPT, 'utf8'));
    expect(named).toContain('gate');
    for (const name of named) expect(await scripts()).toContain(name);
  });

  test.each([
    [0, {}, 0, 'passed'],
    [1, {}, 1, 'the proof failed'],
    [2, { BASE: 'origin/next' }, 2, 'slower than origin/next'],
    [3, {}, 0, 'inconclusive'],
    [3, { STRICT: '1' }, 3, 'inconclusive'],
    [64, {}, 64, 'could not be run (exit code 64)'],
    [130, {}, 130, 'interrupted'],
  ])(
    'a gate that ends with %i and %j ends the job with %i, and the reports are kept',
    async (code, more, expected, told) => {
      const environment = { ...(await project(code)), ...more };
      const { exitCode, stdout, stderr } = await bash([join(folder, 'examples/ci.sh')], environment);
      expect([exitCode, stdout + stderr]).toEqual([expected, expect.stringContaining(told)]);
      expect(await readdir(join(folder, 'kept/gate'))).toEqual(['result.json']);
      const base = 'BASE' in more ? more.BASE : 'origin/main';
      expect(await calls()).toEqual(['ci', `run gate -- --against ${base}`]);
    },
  );

  test('an installation that fails ends it before anything is measured', async () => {
    const { exitCode } = await bash([join(folder, 'examples/ci.sh')], await project(0, 9));
    expect(exitCode).toBe(9);
    expect(await calls()).toEqual(['ci']);
  });

  test('reports that cannot be copied are told, and change nothing', async () => {
    const environment = { ...(await project(0)), ARTIFACTS: join(folder, 'bin/npm/no') };
    const { exitCode, stderr } = await bash([join(folder, 'examples/ci.sh')], environment);
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining('warning: the reports were not copied')]);
  });
});
