import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SavedRun } from '../../bench/saved-run.ts';
import { type CliRun, finish } from './run-cli.ts';

const MAIN = new URL('../../bench/main.ts', import.meta.url).pathname;
const BROKEN_MAIN = new URL('../broken-bench-main.ts', import.meta.url).pathname;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'queueproof-bench-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function bench(...words: readonly string[]): Promise<CliRun> {
  return await start(MAIN, words);
}

async function start(main: string, words: readonly string[]): Promise<CliRun> {
  return await finish(spawn(process.execPath, [main, ...words], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] }));
}

async function saved(file: string): Promise<SavedRun> {
  return JSON.parse(await readFile(join(folder, file), 'utf8')) as SavedRun;
}

test('recording is measured against the real server, row by row, and saved', async () => {
  const { exitCode, stdout, stderr } = await bench('recording-cost', '--pairs', '3', '--save', 'cost.json');
  expect(stderr).toBe('');
  // With so few pairs the throughput may be told or not; what matters is that it was measured.
  expect([0, 2, 3]).toContain(exitCode);
  expect(stdout).toContain('batch=100: throughput lost to recording');
  const spent = (await saved('cost.json')).benches[0]?.figures.filter(({ unit }) => unit === 'µs/message') ?? [];
  expect(spent.length).toBe(2);
  for (const { value } of spent) {
    expect(value.median).toBeGreaterThan(0.05);
    expect(value.low <= value.median && value.median <= value.high).toBe(true);
  }
});

test('--save keeps every sample and the machine; --compare holds a run against it, and does not fail', async () => {
  const first = await bench('uuid-v7', 'pool-drain', '--rounds', '5', '--save', 'before');
  expect(first.stderr).toBe('');
  expect(first.exitCode).toBe(0);
  const { machine, benches } = await saved('reports/bench/before.json');
  expect(machine.node).toBe(process.version);
  expect(benches.map(({ name }) => name)).toEqual(['uuid-v7', 'pool-drain']);
  for (const { figures } of benches) {
    for (const { samples, value } of figures) {
      expect(samples).toHaveLength(5);
      expect(Math.min(...(samples ?? []))).toBeLessThanOrEqual(value.low);
    }
  }

  const second = await bench('uuid-v7', '--rounds', '5', '--compare', 'before', '--save', 'after.json');
  expect(second.stderr).toBe('');
  expect(second.exitCode).toBe(0);
  expect(second.stdout).toMatch(/uuid-v7: generate .* ns\/id .*(faster|slower|no difference shown)/);
  expect(second.stdout).not.toContain('WARNING');
  expect((await saved('after.json')).benches.map(({ name }) => name)).toEqual(['uuid-v7']);
});

test('nothing to compare with: 64, before anything is run', async () => {
  const { exitCode, stdout, stderr } = await bench('uuid-v7', '--compare', 'never-saved');
  expect(stderr).toContain('never-saved.json');
  expect(stdout).toBe('');
  expect(exitCode).toBe(64);
});

test('a bench of the server whose work is wrong: no figure, nothing saved, and it fails', async () => {
  const { exitCode, stdout, stderr } = await start(BROKEN_MAIN, ['--save', 'broken.json']);
  expect(stderr).toMatch(/AssertionError.* came after /);
  expect(stdout).not.toContain('ns/id');
  expect(exitCode).toBe(70);
  await expect(saved('broken.json')).rejects.toThrow('ENOENT');
});

test('a bench that is none: the nearest name, 64; --list runs nothing', async () => {
  const unknown = await bench('history-recrd');
  expect(unknown.stderr).toContain('did you mean "history-record"?');
  expect(unknown.exitCode).toBe(64);
  const list = await bench('--list');
  expect(list.stdout).toMatch(/uuid-v7[\s\S]*history-record[\s\S]*history-file[\s\S]*recording-cost/);
  expect(list.exitCode).toBe(0);
});
