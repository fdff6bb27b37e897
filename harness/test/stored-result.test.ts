import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EXIT_CODE } from '../cli/exit-code.ts';
import { readStoredResult } from '../report/stored-result.ts';
import { writeReports } from '../report/write-reports.ts';
import { sampleResult } from './sample-result.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'queueproof-stored-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const write = (text: string) => writeFile(join(folder, 'result.json'), text);

test('what was written is read again', async () => {
  await writeReports(folder, sampleResult());
  expect(await readStoredResult(folder)).toEqual({ kind: 'run', folder, result: sampleResult() });
});

test('a field that a later version added is no reason to refuse a result', async () => {
  await write(JSON.stringify({ ...sampleResult(), mood: 'good' }));
  expect((await readStoredResult(folder)).kind).toBe('run');
});

describe('what is no result is refused with what it is', () => {
  test.each([
    ['nothing', '', 'it is no JSON'],
    ['cut off', JSON.stringify(sampleResult()).slice(0, 5_000), 'it is no JSON'],
    ['a list', '[]', 'expected an object'],
    ['something else', '{"name":"x"}', 'it has no schemaVersion'],
    [
      'newer',
      JSON.stringify({ ...sampleResult(), schemaVersion: 2 }),
      'a newer queueproof wrote it: schemaVersion 2, and this one reads 1',
    ],
    ['older', JSON.stringify({ ...sampleResult(), schemaVersion: 0 }), 'an older queueproof wrote it: schemaVersion 0'],
    ['without arms', JSON.stringify({ ...sampleResult(), arms: undefined }), "must have required property 'arms'"],
    ['a seed in words', JSON.stringify({ ...sampleResult(), seed: 'x' }), '/seed must be integer'],
    ['hostile', '{"schemaVersion":"\\u001b[2J"}', 'it has no schemaVersion'],
  ])('%s', async (_, text, message) => {
    await write(text);
    const error = await readStoredResult(folder).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ exitCode: EXIT_CODE.usage, message: expect.stringContaining(message) });
    expect((error as { hint?: string }).hint).toMatch(/\w/);
  });

  test('no file', async () => {
    await expect(readStoredResult(folder)).rejects.toMatchObject({
      exitCode: EXIT_CODE.usage,
      message: expect.stringContaining('There is no result to read'),
    });
  });
});
