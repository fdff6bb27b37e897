import { expect, test } from 'vitest';
import { loadScenario } from '../scenario/load-scenario.ts';
import { planGate } from './gate-plan.ts';

const load = (name: string, ...sets: string[]) => loadScenario(name, { sets, quick: false });

test('every arm is compared with itself, on one pair of servers where that is possible', () => {
  const { groups } = planGate(load('regression'), undefined);
  expect(groups).toHaveLength(1);
  expect(groups[0]?.popArm).toBe('pop/ack');
  for (const { arms } of groups[0]?.pairs ?? []) expect(arms.base).toBe(arms.candidate);
  expect(groups[0]?.pairs.map(({ arms }) => arms.base.load.batch)).toEqual([100, 1]);
});

test('arms whose servers differ get servers of their own, and names that tell them apart', () => {
  const { groups } = planGate(load('worker-sweep'), undefined);
  expect(groups.length).toBeGreaterThan(1);
  for (const { pairs } of groups) expect(new Set(pairs.map(({ arms }) => arms.base.server.workers)).size).toBe(1);
  expect(new Set(groups.map(({ popArm }) => popArm)).size).toBe(groups.length);
});

test('two routes are compared through every arm, two arms with each other', () => {
  const [routes] = planGate(load('regression'), ['push-legacy', 'push']).groups;
  expect(routes?.pairs.map(({ arms }) => [arms.base.load.route, arms.candidate.load.route])).toEqual([
    ['push-legacy', 'push'],
    ['push-legacy', 'push'],
  ]);
  const [first, second] = load('worker-sweep').arms.map(({ name }) => name) as [string, string];
  const [arms] = planGate(load('worker-sweep'), [first, second]).groups;
  expect(arms?.pairs.map(({ name }) => name)).toEqual([`${second} against ${first}`]);
});

test.each([
  ['open-loop', undefined, 'speed is compared in a closed loop'],
  ['failover', undefined, 'it has faults'],
  ['seed-validation', undefined, 'slices last for a time'],
  ['exactly-once', undefined, 'cannot be gated'],
  ['latency-sweep', undefined, 'a proxy stands between'],
  ['regression', ['push', 'batch=100 '] as const, 'has no arm "push"'],
])('%s with %j is refused', (name, compared, message) => {
  expect(() => planGate(load(name), compared)).toThrow(
    expect.objectContaining({ exitCode: 64, message: expect.stringContaining(message) }),
  );
});
