import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { sampleProcesses } from '../bench/bench-processes.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'queueproof-bench-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

/** Runs a program of these lines twice; its word is the round. */
async function sample(code: string, signal = new AbortController().signal) {
  const file = join(folder, 'program.mjs');
  await writeFile(file, `const round = Number(process.argv[2]);\n${code}\n`);
  const order = { program: pathToFileURL(file), rounds: 2, words: (round: number) => [round] };
  return await sampleProcesses(order, { seed: 1, signal, onProgress: () => undefined });
}

const line = (what: string, value: string) =>
  `console.log(JSON.stringify({ what: ${what}, unit: 'ns/piece', value: ${value} }));`;

test('each process is one sample of each figure, in the order in which they are told', async () => {
  const figures = await sample(line("'one'", 'round + 1') + line("'other'", '7'));
  expect(figures.map(({ what, unit, samples }) => ({ what, unit, samples }))).toEqual([
    { what: 'one', unit: 'ns/piece', samples: [1, 2] },
    { what: 'other', unit: 'ns/piece', samples: [7, 7] },
  ]);
});

test.each([
  ['fails after a figure', `${line("'one'", '1')} throw new Error('the work is wrong');`, 'the work is wrong'],
  ['fails in a later process', `${line("'one'", '1')} process.exitCode = round;`, 'exit code 1'],
  ['tells nothing', '', 'measured nothing'],
  ['tells of no time', line("'one'", '0'), 'a value above zero'],
  ['tells something else', 'console.log("hello");', 'got hello'],
  ['measures another thing the next time', line("'number ' + round", '1'), 'did not measure the same'],
  ['measures more the next time', `${line("'one'", '1')} if (round === 1) ${line("'two'", '1')}`, 'the same'],
  ['measures less the next time', `${line("'one'", '1')} if (round === 0) ${line("'two'", '1')}`, 'the same'],
])('a program that %s gives no figure', async (_what, code, message) => {
  await expect(sample(code)).rejects.toThrow(message);
});

test('an interruption ends the process, takes its temporary files away and throws its reason', async () => {
  const controller = new AbortController();
  const told = join(folder, 'told');
  const sampling = sample(
    `const { mkdtempSync, renameSync, writeFileSync } = await import('node:fs');
     const { tmpdir } = await import('node:os');
     const left = mkdtempSync(tmpdir() + '/left-');
     writeFileSync(${JSON.stringify(`${told}.new`)}, left);
     renameSync(${JSON.stringify(`${told}.new`)}, ${JSON.stringify(told)});
     setInterval(() => undefined, 1_000);`,
    controller.signal,
  );
  sampling.catch(() => undefined);
  const left = await vi.waitFor(() => readFile(told, 'utf8'), { timeout: 10_000 });
  expect(existsSync(left)).toBe(true);
  controller.abort(new Error('interrupted'));
  await expect(sampling).rejects.toThrow('interrupted');
  expect(existsSync(left)).toBe(false);
});
