import { expect, test } from 'vitest';
import { planProfile } from './plan-profile.ts';
import type { ProfileKind } from './profile-kind.ts';

const plan = (name: string, kind: ProfileKind = 'cpu', arm?: string, sets: readonly string[] = []) =>
  planProfile(name, { kind, arm, sets, quick: false });

test('of a scenario one run of the first arm is left, which nothing is expected of', () => {
  const { arms, runs, scenario } = plan('push-vs-legacy');
  expect(arms).toHaveLength(1);
  expect(runs).toEqual([{ arm: arms[0], round: 1 }]);
  expect(scenario).toMatchObject({ rounds: 1, ceiling: false, expect: [] });
  expect(scenario.checks).toEqual(['accounting', 'statuses', 'connections', 'partition-order']);
});

test('another arm is taken by its name', () => {
  expect(plan('smoke', 'cpu', 'push-legacy').arms[0]?.load.route).toBe('push-legacy');
});

test('an arm that is not there is refused with the one that may have been meant, and all there are', () => {
  expect(() => plan('smoke', 'cpu', 'push-legasy')).toThrow(
    expect.objectContaining({
      exitCode: 64,
      message: '--arm: smoke has no arm "push-legasy"; did you mean "push-legacy"?',
      hint: 'its arms are "push", "push-legacy"',
    }),
  );
});

test('V8 looks into the server as the scenario has it, clinic into one process with one thread', () => {
  expect(plan('smoke', 'heap').arms[0]?.server).toMatchObject({ workers: 2, poolMode: 'split' });
  expect(plan('smoke', 'flame').arms[0]?.server).toMatchObject({ workers: 1, poolMode: 'unified', poolSize: 80 });
});

test('clinic is refused what it could not see', () => {
  const refusal = (message: string) => expect.objectContaining({ exitCode: 64, message });
  expect(() => plan('smoke', 'doctor', 'push-legacy')).toThrow(
    refusal('--with doctor: clinic looks into one thread of one process, but the arm "push-legacy" pushes by threads'),
  );
  expect(() => plan('smoke', 'bubbleprof', 'push', ['server.defect=skip-locked'])).toThrow(/variant with a defect/);
  expect(() => plan('kill-server', 'flame')).toThrow(/ends processes \(server-kill\)/);
});

test('a file of defects has no arm', () => {
  expect(() => plan('defects')).toThrow(/defects is a file of defects/);
});
