import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EXIT_CODE } from '../cli/exit-code.ts';
import { baselineFile, loadBaseline, makeBaseline, saveBaseline } from '../gate/baseline.ts';
import { readCalibration, writeCalibration } from '../gate/calibration.ts';
import { measuredResults } from './measured-results.ts';
import { sampleCalibration } from './sample-calibration.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'queueproof-gate-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const THEN = new Date('2026-11-01T10:00:00Z');

describe('a calibration', () => {
  test('is read as it was written, into a folder that was not there', async () => {
    const file = join(folder, 'new', 'calibration.json');
    await writeCalibration(file, sampleCalibration());
    expect(await readCalibration(file)).toEqual(sampleCalibration());
  });

  test.each([
    ['no JSON', '{'],
    ['another version', JSON.stringify({ ...sampleCalibration(), schemaVersion: 2 })],
    ['no metrics', JSON.stringify({ ...sampleCalibration(), metrics: [] })],
    ['a standard deviation below 0', JSON.stringify(sampleCalibration()).replace('0.045', '-1')],
    ['a key that is not known', JSON.stringify({ ...sampleCalibration(), blockSdd: 1 })],
  ])('with %s is refused, and the way to a good one told', async (_, text) => {
    const file = join(folder, 'calibration.json');
    await writeFile(file, text);
    await expect(readCalibration(file)).rejects.toMatchObject({
      exitCode: EXIT_CODE.usage,
      message: expect.stringMatching(/^expected a calibration in .*calibration\.json: ./),
      hint: 'Make one with: npm run gate -- --calibrate',
    });
  });

  test('that is not there, or cannot be written, is said to be so', async () => {
    await expect(readCalibration(join(folder, 'none.json'))).rejects.toMatchObject({ exitCode: EXIT_CODE.usage });
    const occupied = join(folder, 'occupied');
    await mkdir(occupied);
    await expect(writeCalibration(occupied, sampleCalibration())).rejects.toMatchObject({
      exitCode: EXIT_CODE.unavailable,
    });
  });

  test('that does not fit its schema is not written', async () => {
    const file = join(folder, 'calibration.json');
    const bad = { ...sampleCalibration(), minutesPerBlock: 0 };
    await expect(writeCalibration(file, bad)).rejects.toMatchObject({ exitCode: EXIT_CODE.internal });
    await expect(readFile(file)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('a baseline', () => {
  test('is found by name or by path', () => {
    expect(baselineFile('main')).toBe(join(process.cwd(), 'reports/baselines/main.json'));
    expect(baselineFile('/elsewhere/main.json')).toBe('/elsewhere/main.json');
  });

  test('is read as it was written', async () => {
    const cwd = process.cwd();
    process.chdir(folder);
    try {
      const baseline = makeBaseline('main', measuredResults(3, THEN), THEN);
      const file = await saveBaseline(baseline);
      expect(await loadBaseline('main')).toEqual(baseline);
      expect(await loadBaseline(file)).toEqual(baseline);
    } finally {
      process.chdir(cwd);
    }
  });

  test('that is not there is refused, and the way to one told', async () => {
    await expect(loadBaseline(join(folder, 'none.json'))).rejects.toMatchObject({
      exitCode: EXIT_CODE.usage,
      hint: 'Write one with: npm run gate -- --save <name>',
    });
  });
});
