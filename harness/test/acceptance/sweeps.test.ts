import { expect, test } from 'vitest';
import { CliSandbox } from './run-cli.ts';

interface SweptArm {
  readonly name: string;
  readonly verdict: string;
  readonly refused: string | null;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly connections: { readonly peak: number };
  readonly latencyUs: { readonly p50: number } | null;
}

const SHORT = ['rounds=1', 'ceiling=false', 'load.warmUp=200ms', 'load.duration=500ms'];

function words(scenario: string, sets: readonly string[]): readonly string[] {
  return [scenario, '--postgres', 'embedded', ...[...SHORT, ...sets].flatMap((set) => ['--set', set])];
}

test('pool-sweep: 97 connections work, 98 are refused, and the advice says so', async () => {
  await using sandbox = await CliSandbox.create();
  const expectations = 'expect=[lost == 0, errors == 0, poolSize=104.refused == 1]';
  const sets = ['server.poolSize=[4, 103, 104]', 'load.closed.connections=16', expectations];
  const { exitCode, stdout } = await sandbox.run(words('pool-sweep', sets));
  expect(exitCode, stdout).toBe(0);
  const result = await sandbox.latestResult();
  const [few, all, refused] = result.arms as SweptArm[];
  expect([few?.verdict, few?.connections.peak, all?.verdict, all?.connections.peak]).toEqual(['valid', 3, 'valid', 97]);
  expect(refused?.refused).toMatch(/needs 98 connections.*offers 97.*max_connections=100/);
  const [advice, ...others] = result.advice as string[];
  expect(others).toEqual([]);
  expect(advice).toMatch(/^At 2 workers, .*connections.*98 connections are refused: DB_POOL_SIZE=104 needs 98/);
  expect(stdout.replaceAll(/\s+/g, ' ')).toContain(advice);
  expect(result.sweep).toMatchObject({ unit: 'connections', lines: [{ name: '', points: [{ x: 3 }, { x: 97 }] }] });
});

test('latency-sweep: a database 20 ms away makes every push take as much longer, and that is no fault', async () => {
  await using sandbox = await CliSandbox.create();
  const sets = ['server.databaseLatency=[0ms, 20ms]', 'load.route=push', 'load.closed.connections=1'];
  const { exitCode, stdout } = await sandbox.run(words('latency-sweep', sets));
  expect(exitCode, stdout).toBe(0);
  const [near, far] = (await sandbox.latestResult()).arms as (SweptArm & { readonly faults?: unknown })[];
  expect(far).toMatchObject({ verdict: 'valid', parameters: { 'server.databaseLatencyMs': 20 } });
  expect(far?.faults).toBeUndefined();
  expect(far?.latencyUs?.p50).toBeGreaterThan((near?.latencyUs?.p50 ?? Number.NaN) + 19_000);
});
