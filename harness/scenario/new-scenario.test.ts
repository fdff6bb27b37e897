import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadScenario } from './load-scenario.ts';
import { newScenarioText, writeNewScenario } from './new-scenario.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'queueproof-new-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('what is written is valid, in full and quick, and takes seconds', () => {
  writeNewScenario('my-question', folder);
  const file = join(folder, 'my-question.yaml');
  expect(readFileSync(file, 'utf8')).toBe(newScenarioText('my-question'));
  for (const quick of [false, true]) {
    const plan = loadScenario(file, { sets: [], quick });
    expect(plan.estimatedMs).toBeLessThan(20_000);
    expect(plan.arms.map(({ name }) => name)).toEqual(['batch=10', 'batch=100']);
  }
});

test('a file that is there already is refused and left as it is', () => {
  writeFileSync(join(folder, 'mine.yaml'), 'mine');
  expect(() => writeNewScenario('mine', folder)).toThrow(
    expect.objectContaining({
      exitCode: 64,
      message: expect.stringMatching(/mine\.yaml is there already/),
      hint: expect.stringContaining('npm run scenario -- mine'),
    }),
  );
  expect(readFileSync(join(folder, 'mine.yaml'), 'utf8')).toBe('mine');
});

test.each([
  ['My Question?', 'my-question'],
  ['../outside', 'outside'],
  ['smoke.yaml', 'smoke'],
  ['', 'my-question'],
  ['latest', 'my-question'],
  ['-x', 'x'],
  ['a'.repeat(80), 'a'.repeat(60)],
])('the name %j is refused, with one that would do', (name, like) => {
  expect(() => writeNewScenario(name, folder)).toThrow(
    expect.objectContaining({ exitCode: 64, hint: `npm run scenario -- --new ${like}` }),
  );
});

test('a folder that cannot be written to is told as that', () => {
  expect(() => writeNewScenario('x', join(folder, 'nowhere'))).toThrow(
    expect.objectContaining({ exitCode: 69, message: expect.stringContaining('ENOENT') }),
  );
});
