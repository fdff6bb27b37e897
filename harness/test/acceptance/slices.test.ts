import { glob, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Result } from '../../report/result.ts';
import { processesOf } from '../processes-of.ts';
import { CliSandbox, finish } from './run-cli.ts';

const SCENARIO = `
question: Which route is faster, measured in turns?
server: { workers: 1, poolSize: 12 }
load: { batch: 10, warmUp: 200ms, duration: 800ms }
matrix: { load.route: [push, push-legacy] }
rounds: 2
slices: 4
ceiling: false
expect: [lost == 0]
`;

async function logOf(sandbox: CliSandbox, name: string): Promise<string> {
  for await (const file of glob(`turns/*/${name}`, { cwd: sandbox.reports })) {
    return await readFile(join(sandbox.reports, file), 'utf8');
  }
  return '';
}

async function scenarioIn(sandbox: CliSandbox, text = SCENARIO): Promise<string> {
  const file = join(sandbox.temporary, 'turns.yaml');
  await writeFile(file, text);
  return file;
}

test('arms in slices: all proved, figures of the slices alone, costs of the own turns', async () => {
  await using sandbox = await CliSandbox.create();
  const file = await scenarioIn(sandbox);
  const { exitCode, stdout, stderr } = await sandbox.run([file, '--postgres', 'embedded']);
  expect(exitCode, stdout + stderr).toBe(0);
  expect(stdout).toContain('note: slices: the arms of a round were measured in turns, each in 4 slices');
  const result = JSON.parse(await readFile(join(sandbox.reports, 'latest', 'result.json'), 'utf8')) as Result;
  expect(result.arms.map(({ name, rounds, verdict }) => [name, rounds, verdict])).toEqual([
    ['push', 2, 'valid'],
    ['push-legacy', 2, 'valid'],
  ]);
  for (const { throughputMsgPerS, acknowledgedMessages, costs } of result.arms) {
    // Less than all that was acknowledged in 2 × 0.8 s, for there is a warm-up and a settling, too.
    expect(throughputMsgPerS?.median).toBeGreaterThan(0);
    expect(throughputMsgPerS?.median).toBeLessThan(acknowledgedMessages / 1.6);
    // A row for every message, and nothing of the other arm's.
    expect(costs.rowsWrittenWithDrain).toBeGreaterThanOrEqual(1);
    expect(costs.rowsWrittenWithDrain).toBeLessThan(1.5);
    expect(costs.walBytes).toBeLessThan(2_000);
    expect(costs.serverCpuUs).toBeGreaterThan(0);
    expect(costs.walFsyncsWithDrain).toBeUndefined();
  }
  expect(result.ratios.map(({ numerator, denominator }) => `${numerator} / ${denominator}`)).toContain(
    'push / push-legacy',
  );
  expect(await sandbox.leftovers()).toEqual([]);
});

test('an arm whose server does not start costs the others nothing', async () => {
  await using sandbox = await CliSandbox.create();
  const text = SCENARIO.replace('{ load.route: [push, push-legacy] }', '{ server.poolSize: [12, 150] }');
  const file = await scenarioIn(sandbox, text.replace('rounds: 2', 'rounds: 1'));
  const { stdout } = await sandbox.run([file, '--postgres', 'embedded']);
  expect(stdout).toMatch(/✓ poolSize=12, round 1: [\d,]+ messages proved/);
  expect(stdout).toContain('poolSize=150, round 1: refused to start');
});

test('Ctrl-C among the slices: 130, and no process is left', async () => {
  await using sandbox = await CliSandbox.create();
  const file = await scenarioIn(sandbox, SCENARIO.replace('duration: 800ms', 'duration: 60s'));
  const child = sandbox.start([file, '--postgres', 'embedded']);
  const ended = finish(child);
  // The second server is started when the first one's load is at rest.
  await expect.poll(() => logOf(sandbox, 'server-02.log'), { timeout: 60_000 }).toContain('"listening"');
  process.kill(-(child.pid ?? Number.NaN), 'SIGINT');
  const { exitCode, stdout } = await ended;
  expect(exitCode, stdout).toBe(130);
  expect(await processesOf(sandbox.temporary)).toEqual([]);
  expect(await sandbox.leftovers()).toEqual([]);
});

test.each([
  ['server.poolSize=80', 'in slices the servers of all 2 arms run at once and hold 152 connections', '--set slices=1'],
  ['load.messages=500', 'expected slices 1 with load.messages, got 4', ''],
  ['load.model=open', 'expected slices 1 with load.model open, got 4', ''],
  ['slices=0', 'expected a whole number from 1 to 100', ''],
])('--set %s is refused before anything is started', async (set, words, hint) => {
  await using sandbox = await CliSandbox.create();
  const file = await scenarioIn(sandbox);
  const { exitCode, stderr } = await sandbox.run([file, '--set', set]);
  expect(exitCode).toBe(64);
  expect(stderr).toContain(words);
  expect(stderr).toContain(hint);
});
