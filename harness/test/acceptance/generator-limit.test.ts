import { expect, test } from 'vitest';
import { CliSandbox } from './run-cli.ts';

const SLOW_GENERATOR = new URL('../slow-generator.ts', import.meta.url).href;

interface Judged {
  readonly verdict: string;
  readonly reasons: readonly string[];
  readonly arms: readonly {
    readonly name: string;
    readonly verdict: string;
    readonly throughputMsgPerS: unknown;
    readonly inconclusive?: string;
  }[];
}

test('a load generator that has no time left is named as the limit: 3, and the figure is only the least', async () => {
  await using sandbox = await CliSandbox.create();
  const short = ['--set', 'load.warmUp=200ms', '--set', 'load.duration=1500ms', '--set', 'load.route=push'];
  const { exitCode, stdout } = await sandbox.run(['smoke', '--postgres', 'embedded', ...short], {
    NODE_OPTIONS: `--import=${SLOW_GENERATOR}`,
  });
  expect(exitCode, stdout).toBe(3);
  const { verdict, reasons, arms } = (await sandbox.latestResult()) as unknown as Judged;
  expect(verdict).toBe('inconclusive');
  expect(reasons).toEqual([
    expect.stringMatching(
      /in round 1 the load generator's event loop was busy for \d+ % of the time, on [01]\.\d\d cores/,
    ),
  ]);
  expect(arms).toMatchObject([{ verdict: 'valid', throughputMsgPerS: { median: expect.any(Number) } }]);
  expect(stdout).toContain('≥');
  expect(stdout.replaceAll(/\s+/g, ' ')).toContain('with larger batches it has less to do');
});
