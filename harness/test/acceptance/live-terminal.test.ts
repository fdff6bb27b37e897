import { spawn, spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { CliSandbox, finish } from './run-cli.ts';
import { Screen } from './screen.ts';

/** util-linux's, which makes a pseudo-terminal; other systems have another program of that name. */
const HAS_SCRIPT = spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') ?? false;
const QUICK = ['smoke', '--quick', '--postgres', 'embedded', '--set', 'load.duration=1500ms'];
const SPINNER = /[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/;
/** To be copied whole, however long they are. */
const isCopied = (line: string) => line.startsWith('report  ') || line.startsWith('     npm run');

interface TerminalOptions {
  readonly columns: number;
  readonly environment?: Readonly<Record<string, string>>;
  /** Looks at all that was written until now, and answers with what is typed. */
  readonly type?: (output: string) => string | undefined;
}

/** Runs the command line in a real pseudo-terminal of so many columns. */
async function inTerminal(sandbox: CliSandbox, words: readonly string[], options: TerminalOptions) {
  const { columns, environment = {}, type } = options;
  const { CI: _ci, NO_COLOR: _plain, ...outer } = process.env;
  const command = [process.execPath, CliSandbox.program, ...words, '--reports', sandbox.reports];
  const quoted = command.map((word) => `'${word}'`).join(' ');
  const child = spawn('script', ['-qec', `stty cols ${columns} rows 50; exec ${quoted}`, '/dev/null'], {
    env: { ...outer, TERM: 'xterm-256color', TMPDIR: sandbox.temporary, ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (text: string) => {
    output += text;
    const typed = type?.(output);
    if (typed !== undefined) child.stdin.write(typed);
  });
  return await finish(child);
}

describe.skipIf(!HAS_SCRIPT)('in a terminal', () => {
  test.each([80, 100])('of %i columns progress is rewritten in place, and nothing of it is left', async (columns) => {
    await using sandbox = await CliSandbox.create();
    const { exitCode, stdout } = await inTerminal(sandbox, QUICK, { columns });
    expect(exitCode, stdout).toBe(0);
    const screen = new Screen();
    screen.write(stdout);
    expect(screen.moves).toBeGreaterThan(10);
    expect(screen.isCursorShown).toBe(true);
    expect(screen.widestOf((line) => !isCopied(line))).toBeLessThanOrEqual(columns);
    // While it ran: the run, the time, the phase, the rate.
    expect(stdout).toMatch(/\[1\/2\] push, round 1 .*about \d+:\d\d left/);
    expect(stdout).toMatch(/measure [━─]+ \d\.\d\/2\.0 s · .*unproved: [\d,]+ msg\/s now/);
    // Afterwards: the lines that stay.
    const text = screen.lines.join('\n');
    expect(text).not.toMatch(SPINNER);
    expect(text).not.toMatch(/[━─]{3}|msg\/s now/);
    expect(screen.lines[0]).toMatch(/^smoke: 2 runs, about/);
    expect(screen.lines.slice(1, 4)).toEqual([
      expect.stringMatching(/^✓ PostgreSQL \S+, max_connections=100 \(embedded/),
      expect.stringMatching(/^✓ push, round 1: [\d,]+ messages proved in/),
      expect.stringMatching(/^✓ push-legacy, round 1: [\d,]+ messages proved in/),
    ]);
    expect(screen.lines[4]).toBe('');
    expect(text).toMatch(/✓ passed: /);
  });

  test('Ctrl-C leaves the partial report, no remains of progress, and the cursor', async () => {
    await using sandbox = await CliSandbox.create();
    let isTyped = false;
    const words = [...QUICK, '--set', 'load.duration=60s'];
    const { exitCode, stdout } = await inTerminal(sandbox, words, {
      columns: 80,
      type: (output) => {
        if (isTyped || !/measure .*msg\/s now/.test(output)) return undefined;
        isTyped = true;
        return '\u0003';
      },
    });
    expect(exitCode, stdout).toBe(130);
    const screen = new Screen();
    screen.write(stdout);
    expect(screen.isCursorShown).toBe(true);
    const text = screen.lines.join('\n');
    expect(text).not.toMatch(SPINNER);
    expect(text).not.toMatch(/msg\/s now/);
    expect(text).toMatch(/interrupted/);
    expect(text).toMatch(/npm run scenario -- smoke/);
    expect((await sandbox.latestResult()).verdict).toBe('interrupted');
    expect(await sandbox.leftovers()).toEqual([]);
  });

  test.each([{ NO_COLOR: '1' }, { TERM: 'dumb' }, { CI: 'true' }])('with %o it is plain', async (environment) => {
    await using sandbox = await CliSandbox.create();
    const words = ['seed-validation', '--postgres', 'embedded'];
    const { stdout } = await inTerminal(sandbox, words, { columns: 100, environment });
    expect(stdout).toContain('✓ passed');
    expect(stdout).not.toContain('\u001b');
    expect(stdout).not.toMatch(/\r(?!\n)/);
  });
});
