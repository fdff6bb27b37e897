import { expect, test } from 'vitest';
import { ConsumerGroup } from './consumer-group.ts';

const LEASE_MS = 2_000;
/** The lease and what is added to it. */
const HELD_US = 2_500_000;

function newGroup() {
  return new ConsumerGroup(0, 'g', { consumers: 1, leaseMs: LEASE_MS });
}

test('empty answers tell nothing before the drain', () => {
  const group = newGroup();
  expect(group.wouldTell(1e12)).toBe(false);
  group.drain(100);
  expect([group.wouldTell(99), group.wouldTell(100)]).toEqual([false, true]);
});

test('empty answers tell nothing while a lease may hide messages', () => {
  const group = newGroup();
  group.mayBeLeased(1_000);
  group.mayBeLeased(500);
  group.drain(2_000);
  expect([group.wouldTell(HELD_US + 999), group.wouldTell(HELD_US + 1_000)]).toEqual([false, true]);
});

test('an unclear pop may be served when the faults are healed: its lease counts from the drain', () => {
  const group = newGroup();
  group.isUnclear(1_000);
  group.drain(10_000_000);
  expect([group.wouldTell(10_000_000 + HELD_US - 1), group.wouldTell(10_000_000 + HELD_US)]).toEqual([false, true]);
});

test('whatever may be leased takes back the empty answers there were', () => {
  const group = newGroup();
  group.drain(0);
  for (let answer = 0; answer < 2; answer += 1) group.watch.ask(0)();
  expect(group.watch.isEmpty).toBe(true);
  group.mayBeLeased(0);
  expect(group.watch.isEmpty).toBe(false);
});

test('a drain that did not end says why', () => {
  const group = newGroup();
  group.mayBeLeased(1_000_000);
  group.hasTrouble('HTTP 503: down');
  expect(group.whyNotEmpty(2_000_000)).toBe(
    'not every consumer was told twice running that nothing is left, and a lease may run for another 1500 ms; ' +
      'the last trouble was: HTTP 503: down',
  );
});
