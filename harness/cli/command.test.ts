import { expect, test } from 'vitest';
import { runCommand } from './command.ts';

async function told(...words: readonly string[]) {
  const text = { stdout: '', stderr: '' };
  const stream = (name: keyof typeof text) => {
    const write = (part: string) => {
      text[name] += part;
    };
    return { write, isTTY: false } as unknown as NodeJS.WriteStream;
  };
  const exitCode = await runCommand({
    argv: ['node', 'main.ts', ...words],
    environment: {},
    stdout: stream('stdout'),
    stderr: stream('stderr'),
    seed: 1,
  });
  return { exitCode, ...text };
}

test('--list, --explain and --dry-run tell, run nothing, and answer 0', async () => {
  expect(await told('--list')).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^scenario +full +quick/) });
  expect((await told('--explain', 'load.batch')).stdout).toMatch(/^load\.batch\n {2}Messages in one request\./);
  expect((await told('--explain')).stdout).toMatch(/^key +default +meaning\nquestion /);
  expect((await told('smoke', '--dry-run')).stdout).toMatch(/\n2 runs, about [\d.]+ s\n$/);
});

test.each([
  [['--list', '--explain'], '--list runs nothing, so it stands alone; got --explain beside it'],
  [['--list', 'smoke'], '--list runs nothing, so it stands alone; got smoke beside it'],
  [['--new', 'x', '--list'], '--list runs nothing, so it stands alone; got --new beside it'],
  [['--explain', 'load', 'smoke'], '--explain runs nothing, so it stands alone; got smoke beside it'],
  [['--new', 'smoke'], '--new: scenarios/smoke.yaml is there already'],
  [['--new', 'Not a name'], '--new: expected lower-case words'],
  [['--explain', 'load.bacth'], 'did you mean "load.batch"?'],
  [['smok'], 'did you mean "smoke"?'],
  [['--lits'], "unknown option '--lits'"],
  [['--new'], "option '--new <name>' argument missing"],
  [['--seed', 'x'], 'expected a whole number, got "x"'],
  [['smoke', '--set', 'load.batch=0'], 'expected a whole number from 1 to 10000'],
  [['smoke', '--set', 'server.defect=nonsense'], 'there is no defect "nonsense"'],
  [['defects', '--target', 'http://127.0.0.1:1'], 'defects are variants of the reference server'],
  [['smoke', '--target', 'nonsense'], '--target: expected a URL'],
  [['smoke', '--target-pool-size', '80'], '--target names none'],
])('%j ends with 64, the reason, and what to do next', async (words, reason) => {
  const { exitCode, stdout, stderr } = await told(...words);
  expect(stderr).toContain(reason);
  expect(stderr).toMatch(/\n→ .{10,}\n$/);
  expect([exitCode, stdout]).toEqual([64, '']);
});
