import assert from 'node:assert';
import { mkdtemp, readdir, readFile, readlink, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EXIT_CODE } from '../cli/exit-code.ts';
import { createReportFolder, pointLatest } from '../report/report-folder.ts';
import type { Result } from '../report/result.ts';
import { writeReports } from '../report/write-reports.ts';
import { passedResult, sampleResult } from './sample-result.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'queueproof-reports-'));
});

afterEach(async () => {
  await rm(root, { recursive: true });
});

describe('the report folder', () => {
  const startedAt = new Date('2026-11-24T10:23:01.412Z');

  it('is named after the scenario and the second, and never shared', async () => {
    const folders = await Promise.all([1, 2, 3].map(() => createReportFolder(root, 'smoke', startedAt)));
    expect(folders.map(({ folder }) => folder).toSorted()).toEqual(
      ['2026-11-24T10-23-01Z', '2026-11-24T10-23-01Z-2', '2026-11-24T10-23-01Z-3'].map((name) =>
        join(root, 'smoke', name),
      ),
    );
  });

  it('is what latest points to, relative to the root, and the newest wins', async () => {
    const { folder: older } = await createReportFolder(root, 'smoke', startedAt);
    const { folder: newer } = await createReportFolder(root, 'soak', startedAt);
    await pointLatest(root, older);
    await pointLatest(root, newer);
    expect(await readlink(join(root, 'latest'))).toBe(join('soak', '2026-11-24T10-23-01Z'));
    expect((await readdir(root)).toSorted()).toEqual(['latest', 'smoke', 'soak']);
  });
});

describe('writeReports', () => {
  it('writes the files of a report; result.json is the result, with a series on one line', async () => {
    const result = sampleResult();
    const files = await writeReports(root, result);
    expect(files).toEqual(
      ['result.json', 'report.html', 'report.md', 'errors.md', 'junit.xml'].map((name) => join(root, name)),
    );
    const json = await readFile(join(root, 'result.json'), 'utf8');
    expect(JSON.parse(json)).toEqual(result);
    expect(json).toMatch(/"acknowledgedPerS": \[ \d+, \d+,/);
    expect((await stat(join(root, 'report.html'))).size).toBeLessThan(2_000_000);
  });

  it('stays below 2 MB for many arms over a long time', async () => {
    const sample = passedResult();
    const long = (values: readonly (number | null)[]) =>
      Array.from({ length: 3600 }, (_, at) => values[at % values.length] ?? 0);
    const arms = Array.from({ length: 24 }, (_, index) => {
      const arm = sample.arms[index % sample.arms.length] ?? assert.fail();
      const series = arm.series.map((one) => ({
        ...one,
        acknowledgedPerS: long(one.acknowledgedPerS),
        latencyP50Us: long(one.latencyP50Us),
        latencyP99Us: long(one.latencyP99Us),
        errors: long(one.errors),
      }));
      return { ...arm, name: `${arm.name} workers=${index}`, series };
    });
    await writeReports(root, { ...sample, arms });
    expect((await stat(join(root, 'report.html'))).size).toBeLessThan(2_000_000);
  });

  it('refuses a result that does not fit the schema, and writes nothing', async () => {
    const broken = { ...sampleResult(), seed: Number.NaN, surplus: true } as Result;
    await expect(writeReports(root, broken)).rejects.toMatchObject({
      exitCode: EXIT_CODE.internal,
      message: expect.stringMatching(/seed must be integer/),
    });
    expect(await readdir(root)).toEqual([]);
  });
});
