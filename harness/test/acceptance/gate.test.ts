import { access, glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { mean } from 'simple-statistics';
import { expect, test } from 'vitest';
import type { GateResult } from '../../gate/gate-result.ts';
import { processesOf } from '../processes-of.ts';
import { CliSandbox, finish } from './run-cli.ts';

const MAIN = new URL('../../gate/main.ts', import.meta.url).pathname;
const SHORT = ['--quick', '--postgres', 'embedded'];

async function gateOf(sandbox: CliSandbox): Promise<GateResult> {
  return JSON.parse(await readFile(join(sandbox.reports, 'gate', 'latest', 'gate.json'), 'utf8')) as GateResult;
}

/** No process, no folder for temporary files, and no worktree that git still knows of. */
async function expectNothingLeft(sandbox: CliSandbox): Promise<void> {
  expect(await sandbox.leftovers()).toEqual([]);
  expect(await processesOf(sandbox.temporary)).toEqual([]);
  const { stdout } = await execa('git', ['worktree', 'list'], { cwd: import.meta.dirname });
  expect(stdout).not.toContain(sandbox.temporary);
}

test('a commit against a slowed working tree: both proved, figures of all arms, nothing left behind', async () => {
  await using sandbox = await CliSandbox.create(MAIN);
  const { exitCode, stdout, stderr } = await sandbox.run([
    ...['--against', 'HEAD', '--candidate-slowed', '20', '--minutes', '0.4'],
    ...['--set', 'load.duration=2s', '--postgres', 'embedded'],
  ]);
  // Fewer blocks than the first look needs are no pass, whatever they show.
  expect(exitCode, stdout + stderr).toBe(3);
  expect(stdout).toMatch(/\d blocks?, of at least 6/);
  const gate = await gateOf(sandbox);
  expect(gate.blocks.length).toBeGreaterThan(0);
  for (const { proof } of gate.blocks) expect(proof).toBe('valid');
  expect(gate.base.detail).toContain('the same package-lock.json');
  const speeds = gate.metrics.filter(({ metric }) => metric.kind === 'speed');
  expect(speeds.map(({ arm, metric }) => `${arm} ${metric.name}`).toSorted()).toEqual([
    'batch=1 throughput',
    'batch=100 throughput',
    'pop/ack popAck',
  ]);
  for (const { base, candidate } of speeds) {
    expect(base).toBeGreaterThan(0);
    expect(candidate).toBeGreaterThan(0);
  }
  // Of one block each arm is luck, but not all of them together.
  const loops = gate.metrics.filter(({ metric }) => metric.name === 'serverLoopCpuUs');
  const changes = loops.map(({ base, candidate }) => (candidate ?? Number.NaN) / (base ?? Number.NaN));
  expect(changes).toHaveLength(3);
  expect(mean(changes), changes.join()).toBeGreaterThan(1);
  // The two orders alternate, block by block.
  const leads = gate.blocks.map(({ lead }) => lead);
  if (leads.length > 1) expect(leads[1]).not.toBe(leads[0]);
  for (const file of ['gate.md', 'junit.xml', 'scenario.yaml', 'block-01-base.log', 'block-01-candidate.log']) {
    await access(join(sandbox.reports, 'gate', 'latest', file));
  }
  await expectNothingLeft(sandbox);
});

test('a candidate that stores messages twice is no slower version but an invalid one: exit code 1', async () => {
  await using sandbox = await CliSandbox.create(MAIN);
  const { exitCode, stdout, stderr } = await sandbox.run([
    ...['--candidate-defect', 'duplicate-on-retry', '--json'],
    ...SHORT,
  ]);
  expect(exitCode, stderr).toBe(1);
  const gate = await gateOf(sandbox);
  expect(JSON.parse(stdout)).toEqual(gate);
  expect(stderr).toContain('report  ');
  expect(gate).toMatchObject({ verdict: 'invalid', metrics: [] });
  expect(gate.violations.map(({ side, check }) => `${side} ${check}`)).toContain('candidate accounting');
  expect(gate.violations.filter(({ side }) => side === 'base')).toEqual([]);
  // One failed proof is enough; no further block is worth its time.
  expect(gate.blocks).toHaveLength(1);
  await expectNothingLeft(sandbox);
});

test('Ctrl-C in the middle of a block: 130, no process, no worktree', async () => {
  await using sandbox = await CliSandbox.create(MAIN);
  const child = sandbox.start(['--against', 'HEAD', ...SHORT]);
  const ended = finish(child);
  await Promise.race([untilListening(sandbox), ended]);
  expect(child.exitCode).toBeNull();
  process.kill(-(child.pid ?? Number.NaN), 'SIGINT');
  const { exitCode, stdout } = await ended;
  expect(exitCode, stdout).toBe(130);
  await expectNothingLeft(sandbox);
});

async function untilListening(sandbox: CliSandbox): Promise<void> {
  for (let attempt = 0; attempt < 1000; attempt += 1) {
    for await (const file of glob('gate/*/block-01-base.log', { cwd: sandbox.reports })) {
      if ((await readFile(join(sandbox.reports, file), 'utf8')).includes('"listening"')) return;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
