import { access, glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startPostgres } from '../../postgres/start-postgres.ts';
import { processesOf } from '../processes-of.ts';
import { CliSandbox, finish } from './run-cli.ts';

/** The bar for `smoke`, from start to verdict, on two cores. */
const SMOKE_LIMIT_MS = 20_000;

interface ReportedArm {
  readonly name: string;
  readonly verdict: string;
  readonly acknowledgedMessages: number;
  readonly throughputMsgPerS: unknown;
  readonly refused: string | null;
}

test('smoke proves both routes, writes every report and leaves nothing behind', async () => {
  await using sandbox = await CliSandbox.create();
  const startedAtMs = performance.now();
  const { exitCode, stdout, stderr } = await sandbox.run(['smoke', '--postgres', 'embedded']);
  const tookMs = performance.now() - startedAtMs;
  expect(stderr).toBe('');
  expect(exitCode, stdout).toBe(0);
  expect(stdout).toContain('push / push-legacy');
  const result = await sandbox.latestResult();
  expect(result.verdict).toBe('passed');
  const checks = result.checks as { readonly name: string; readonly arm: string }[];
  const everyArm = ['accounting', 'statuses', 'connections', 'partition-order', 'pool-hygiene', 'server-errors'];
  for (const arm of ['push', 'push-legacy']) {
    expect(checks.filter((check) => check.arm === arm).map(({ name }) => name)).toEqual(
      expect.arrayContaining([...everyArm, 'redelivery', 'leases', 'skip', 'dead-letters']),
    );
  }
  for (const arm of result.arms as ReportedArm[]) {
    expect(arm.verdict).toBe('valid');
    expect(arm.throughputMsgPerS).not.toBeNull();
    expect(arm).toMatchObject({ percentileCurve: { count: expect.any(Number), latencyUs: expect.any(Array) } });
  }
  const ofRuns = ['server-01.log', 'server-02.log', 'history-01.qph', 'history-02.qph'];
  for (const file of ['report.md', 'report.html', 'scenario.yaml', 'postgres.log', ...ofRuns]) {
    await access(join(sandbox.reports, 'latest', file));
  }
  expect(result.configuration).toMatchObject({
    scenarioYaml: expect.stringContaining('load:'),
    changed: expect.arrayContaining([expect.objectContaining({ key: 'load.route', isVaried: true })]),
  });
  expect(await sandbox.leftovers()).toEqual([]);
  expect(await processesOf(sandbox.temporary)).toEqual([]);
  expect(tookMs).toBeLessThan(SMOKE_LIMIT_MS);
});

test('seed-validation: 1000 messages, 2 workers, pool 80, all queued once under ids of their own', async () => {
  await using sandbox = await CliSandbox.create();
  const { exitCode, stdout } = await sandbox.run(['seed-validation', '--postgres', 'embedded']);
  expect(exitCode, stdout).toBe(0);
  const [arm] = (await sandbox.latestResult()).arms as ReportedArm[];
  expect(arm?.acknowledgedMessages).toBe(1000);
});

test('connection-budget: a pool of 150 is refused in words, a pool of 80 is proved', async () => {
  await using sandbox = await CliSandbox.create();
  const { exitCode, stdout } = await sandbox.run(['connection-budget', '--quick', '--postgres', 'embedded']);
  expect(exitCode, stdout).toBe(0);
  const arms = (await sandbox.latestResult()).arms as ReportedArm[];
  expect(arms.find(({ name }) => name === 'poolSize=150')?.refused).toMatch(/142 connections.*max_connections=100/);
  expect(arms.find(({ name }) => name === 'poolSize=80')?.verdict).toBe('valid');
});

test('pop-ack: consumers that acknowledge are measured, and every ack is proved', async () => {
  await using sandbox = await CliSandbox.create();
  const { exitCode, stdout } = await sandbox.run(['pop-ack', '--quick', '--postgres', 'embedded']);
  expect(exitCode, stdout).toBe(0);
  expect(stdout).toContain('of its push rate');
  const result = await sandbox.latestResult();
  const [arm] = result.arms as (ReportedArm & { readonly popAck: { readonly throughputByRound: readonly number[] } })[];
  expect(arm?.popAck.throughputByRound[0]).toBeGreaterThan(0);
  const checks = result.checks as { readonly name: string; readonly counts: Readonly<Record<string, number>> }[];
  expect(checks.find(({ name }) => name === 'acks')?.counts).toMatchObject({
    sent: arm?.acknowledgedMessages,
    completed: arm?.acknowledgedMessages,
    refused: 0,
    staleAccepted: 0,
  });
});

test('open-loop: requests are sent at their times, and latency counts from those', async () => {
  await using sandbox = await CliSandbox.create();
  const set = ['--set', 'load.open.arrivals=poisson'];
  const { exitCode, stdout } = await sandbox.run(['open-loop', '--quick', ...set, '--postgres', 'embedded']);
  expect(exitCode, stdout).toBe(0);
  expect(stdout).toMatch(/requests\/s, p50 \/ p99 of the send lag [\d.]+ \/ [\d.]+ ms/);
  const [arm] = (await sandbox.latestResult()).arms as (ReportedArm & {
    readonly openLoop: { readonly offeredPerS: number; readonly achievedPerS: number; readonly unacknowledged: number };
    readonly latencyUs: { readonly p50: number };
  })[];
  // 2 s at 200 a second: 400, give or take four standard deviations of a Poisson process.
  expect(Math.abs((arm?.openLoop.offeredPerS ?? 0) - 200)).toBeLessThan(40);
  expect(arm?.openLoop.achievedPerS).toBeGreaterThan(100);
  expect(arm).toMatchObject({ verdict: 'valid', openLoop: { unacknowledged: 0 } });
  expect(arm?.latencyUs.p50).toBeGreaterThan(100);
});

test('failover: PostgreSQL is killed under load, and nothing that was promised is lost', async () => {
  await using sandbox = await CliSandbox.create();
  const { exitCode, stdout } = await sandbox.run(['failover', '--quick', '--postgres', 'embedded']);
  expect(exitCode, stdout).toBe(0);
  expect(stdout).toMatch(/faulted, round 1 {2}postgres-kill at [\d.]+–[\d.]+ s/);
  const result = await sandbox.latestResult();
  const checks = result.checks as { readonly name: string; readonly counts: Readonly<Record<string, number>> }[];
  expect(checks.find(({ name }) => name === 'failover')?.counts.buffered).toBeGreaterThan(0);
  expect(await sandbox.leftovers()).toEqual([]);
  expect(await processesOf(sandbox.temporary)).toEqual([]);
});

test('split-vs-unified: the unified server holds the whole budget in its async pool', async () => {
  await using sandbox = await CliSandbox.create();
  const words = ['split-vs-unified', '--postgres', 'embedded', '--set', 'load.messages=2000', '--set', 'rounds=1'];
  const small = ['--set', 'server.poolSize=10', '--set', 'expect=[lost == 0]'];
  const { exitCode, stdout } = await sandbox.run([...words, ...small]);
  expect(exitCode, stdout).toBe(0);
  const arms = (await sandbox.latestResult()).arms as (ReportedArm & {
    readonly connections: { readonly peakAsync: number; readonly peakRegular: number };
  })[];
  for (const { name, verdict, connections } of arms) {
    expect([name, verdict]).toEqual([name, 'valid']);
    const { peakAsync, peakRegular } = connections;
    expect([peakAsync, peakRegular], name).toEqual(name.includes('unified') ? [9, 0] : [5, 4]);
  }
});

test('a PostgreSQL behind a URL serves; one with another max_connections is refused with both numbers', async () => {
  await using sandbox = await CliSandbox.create();
  const options = { settings: {}, image: '', logFolder: sandbox.temporary };
  await using postgres = await startPostgres('embedded', { ...options, maxConnections: 60 });
  const { host, port, user, password, database } = postgres.admin;
  const url = `postgres://${user}:${encodeURIComponent(password)}@${host}:${port}/${database}`;
  const refused = await sandbox.run(['seed-validation', '--postgres', url]);
  expect(refused.exitCode).toBe(69);
  expect(refused.stderr).toMatch(/60[\s\S]*100/);
  const words = ['seed-validation', '--postgres', url, '--set', 'postgres.maxConnections=any'];
  const served = await sandbox.run([...words, '--set', 'server.poolSize=40']);
  expect(served.exitCode, served.stdout).toBe(0);
  expect(await readFile(join(sandbox.reports, 'latest', 'result.json'), 'utf8')).not.toContain(password);
});

test('Ctrl-C in the middle: 130, a partial report, no process, no data directory', async () => {
  await using sandbox = await CliSandbox.create();
  const child = sandbox.start(['smoke', '--postgres', 'embedded', '--set', 'load.duration=60s']);
  const ended = finish(child);
  // The first server's log line `listening` says that the run is in its middle.
  await Promise.race([untilListening(sandbox), ended]);
  expect(child.exitCode).toBeNull();
  process.kill(-(child.pid ?? Number.NaN), 'SIGINT');
  const { exitCode } = await ended;
  expect(exitCode).toBe(130);
  expect((await sandbox.latestResult()).verdict).toBe('interrupted');
  expect(await sandbox.leftovers()).toEqual([]);
  expect(await processesOf(sandbox.temporary)).toEqual([]);
});

async function untilListening(sandbox: CliSandbox): Promise<void> {
  for (let attempt = 0; attempt < 1000; attempt += 1) {
    for await (const file of glob('smoke/*/server-01.log', { cwd: sandbox.reports })) {
      if ((await readFile(join(sandbox.reports, file), 'utf8')).includes('"listening"')) return;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
