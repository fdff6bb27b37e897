import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type CliRun, finish } from './run-cli.ts';

const MAIN = new URL('../../bench/main.ts', import.meta.url).pathname;

async function bench(...words: readonly string[]): Promise<CliRun> {
  return await finish(spawn(process.execPath, [MAIN, ...words], { stdio: ['ignore', 'pipe', 'pipe'] }));
}

interface SavedFigure {
  readonly what: string;
  readonly unit: string;
  readonly value: { readonly median: number; readonly low: number; readonly high: number };
}

test('recording is measured against the real server, row by row, and saved', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'queueproof-bench-'));
  try {
    const file = join(folder, 'bench.json');
    const { exitCode, stdout, stderr } = await bench('recording-cost', '--pairs', '3', '--json', file);
    expect(stderr).toBe('');
    // With so few pairs the throughput may be told or not; what matters is that it was measured.
    expect([0, 2, 3]).toContain(exitCode);
    expect(stdout).toContain('batch=100: throughput lost to recording');
    const saved = JSON.parse(await readFile(file, 'utf8')) as {
      readonly benches: { readonly figures: SavedFigure[] }[];
    };
    const spent = saved.benches[0]?.figures.filter(({ unit }) => unit === 'µs/message') ?? [];
    expect(spent.length).toBe(2);
    for (const { value } of spent) {
      expect(value.median).toBeGreaterThan(0.05);
      expect(value.low <= value.median && value.median <= value.high).toBe(true);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('a bench that is none: the nearest name, 64; --list runs nothing', async () => {
  const unknown = await bench('history-recrd');
  expect(unknown.stderr).toContain('did you mean "history-record"?');
  expect(unknown.exitCode).toBe(64);
  const list = await bench('--list');
  expect(list.stdout).toMatch(/history-record[\s\S]*history-file[\s\S]*recording-cost/);
  expect(list.exitCode).toBe(0);
});
