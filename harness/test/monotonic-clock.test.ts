import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

/** Prints how far the clock is from that of the machine, microseconds: by the quickest of many looks, between which nothing came. */
const COMPARE = `
const { monotonicUs } = await import(${JSON.stringify(new URL('../measure/monotonic-clock.ts', import.meta.url).href)});
const looks = Array.from({ length: 1_000 }, () => {
  const beforeUs = monotonicUs();
  const machineUs = Number(process.hrtime.bigint()) / 1_000;
  const afterUs = monotonicUs();
  return { tookUs: afterUs - beforeUs, differenceUs: (beforeUs + afterUs) / 2 - machineUs };
});
console.log(looks.toSorted((a, b) => a.tookUs - b.tookUs)[0].differenceUs);
`;

test('in a process that has just begun it shows what the clock of the machine shows: times of all processes compare', async () => {
  const words = ['--input-type=module', '--eval', COMPARE];
  const { stdout } = await promisify(execFile)(process.execPath, words);
  expect(Math.abs(Number(stdout))).toBeLessThan(20);
});
