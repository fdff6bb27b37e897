import { appendFile, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { logEnd, scanPostgresLog, scanServerLog } from '../run/scan-log.ts';

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'queueproof-test-'));
  file = join(folder, 'some.log');
});

afterEach(() => rm(folder, { recursive: true }));

const line = (rest: string) => `2026-01-31 10:11:12.345 UTC [4242] ${rest}\n`;

test('a run sees only what PostgreSQL logged after its start', async () => {
  await writeFile(file, line('57P03  FATAL:  the database system is starting up'));
  const fromOffset = await logEnd(file);
  expect(await scanPostgresLog(file, { fromOffset })).toEqual({ source: 'PostgreSQL log', lines: 0, problems: [] });

  await appendFile(file, `${line('40P01 queueproof/async/1 ERROR:  deadlock detected')}\tcontinued\n`);
  expect(await scanPostgresLog(file, { fromOffset })).toMatchObject({
    lines: 2,
    problems: [{ class: '40P01 deadlock detected', severity: 'error', count: 1 }],
  });
});

test('a log that cannot be read is missing, never clean', async () => {
  expect(await scanPostgresLog(file, { fromOffset: 0 })).toMatchObject({ missing: expect.stringContaining('ENOENT') });
  expect(await scanServerLog(folder)).toMatchObject({ missing: expect.stringContaining('EISDIR') });
  await writeFile(file, 'ERROR:  a log with another prefix\n');
  expect(await scanPostgresLog(file, { fromOffset: 0 })).toMatchObject({ missing: expect.stringContaining('prefix') });
  await truncate(file, 3);
  expect(await scanPostgresLog(file, { fromOffset: 30 })).toMatchObject({
    missing: expect.stringContaining('shorter'),
  });
});

test('the server log is scanned line by line', async () => {
  await writeFile(file, '{"level":30,"msg":"hello"}\n{"level":50,"msg":"no answer in 12 ms"}\n\nnot JSON\n');
  expect(await scanServerLog(file)).toMatchObject({
    source: 'server log',
    lines: 4,
    problems: [
      { class: 'no answer in # ms', severity: 'error', count: 1 },
      { class: 'not JSON', severity: 'warning', count: 1 },
    ],
  });
});
