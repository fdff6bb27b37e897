import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { promisify } from 'node:util';
import { expect, inject, test } from 'vitest';
import { BREAKAGES } from './bench-breakages.ts';
import { useTestDatabase } from './test-database.ts';

const database = useTestDatabase('end');
const names = Object.keys(BREAKAGES);

async function run(file: string, ...words: readonly string[]) {
  const { host, port, user, password } = inject('postgres');
  const postgres = { PG_HOST: host, PG_PORT: String(port), PG_USER: user, PG_PASSWORD: password, PG_DB: database.name };
  const path = new URL(file, import.meta.url).pathname;
  return await promisify(execFile)(process.execPath, [path, ...words], { env: { ...process.env, ...postgres } });
}

test('every bench has its breakage', () => {
  const programs = readdirSync(new URL('../bench/', import.meta.url)).map((file) => file.replace(/\.ts$/, ''));
  const parts = ['bench-buffer', 'bench-pool', 'measured-work', 'sample-messages'];
  expect(programs.filter((name) => !parts.includes(name)).sort()).toEqual(names.toSorted());
});

test.each(names)('%s measures what is right, and fails when one line of the server is wrong', async (name) => {
  const { stdout, stderr } = await run(`../bench/${name}.ts`);
  expect(stderr).toBe('');
  const readings = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  for (const { what, unit, value } of readings) {
    expect(what).not.toBe('');
    expect(unit).toMatch(/^(ns|µs)\/[a-z]+$/);
    expect(value).toBeGreaterThan(0);
  }
  await expect(run('broken-bench.ts', name)).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('AssertionError'),
  });
});
