import { expect, test } from 'vitest';
import type { Result } from '../../report/result.ts';
import { CliSandbox } from './run-cli.ts';

test('saturation --quick: a capacity that was held, latencies on the way there, and every message of the search proved', async () => {
  await using sandbox = await CliSandbox.create();
  const { exitCode, stdout, stderr } = await sandbox.run(['saturation', '--quick', '--postgres', 'embedded']);
  expect(stderr).toBe('');
  expect(exitCode, stdout).toBe(0);
  expect(stdout).toMatch(/push sustains (?:at least )?[\d,.]+ requests\/s \([\d,.]+ msg\/s\)/);
  expect(stdout).toMatch(/^ +80 % /m);

  const { arms, checks, answer } = (await sandbox.latestResult()) as Result;
  expect(answer).toContain('sustains');
  const [arm] = arms;
  const { levels = [], steps = [] } = arm?.saturation ?? {};
  const capacityPerS = arm?.saturation?.capacityPerS;
  expect(capacityPerS?.median ?? 0).toBeGreaterThan(0);
  expect(arm?.saturation?.capacityMsgPerS?.median).toBeCloseTo((capacityPerS?.median ?? 0) * 100, 3);
  const held = steps.findLast(({ phase }) => phase === 'hold');
  expect(held).toMatchObject({ verdict: 'sustained', offeredPerS: capacityPerS?.median });
  expect(levels.map(({ share }) => share)).toEqual([0.5, 0.8, 1]);
  for (const { latencyUs } of levels) expect(latencyUs?.p50 ?? 0).toBeGreaterThan(0);
  // The figures of the arm are those of the hold; what was under way at its end was answered after it.
  expect((arm?.requestsPerS ?? 0) / (capacityPerS?.median ?? 1)).toBeGreaterThan(0.8);
  expect(arm?.openLoop?.offeredPerS).toBeCloseTo(capacityPerS?.median ?? 0, -1);
  const accounting = checks.find(({ name }) => name === 'accounting');
  expect(accounting).toMatchObject({ verdict: 'valid', counts: { lost: 0, duplicated: 0 } });
  // More than the hold alone: the search is proved, too.
  const ofHold = (arm?.throughputMsgPerS?.median ?? 0) * 2;
  expect(accounting?.counts.acknowledged).toBeGreaterThan(2 * ofHold);
});
