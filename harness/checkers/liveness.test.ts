import { describe, expect, test } from 'vitest';
import type { FaultRecord } from '../history/fault-record.ts';
import { acked, LEASE_MS, type ToldPop, type ToldPush, toldRun, us } from '../test/told-run.ts';
import { checkLiveness } from './liveness.ts';

const PUSHES: readonly ToldPush[] = [
  { at: [0, 10] },
  { at: [0, 10], partition: 1 },
  { at: [400_000, 400_001], partition: 2 },
];
const PATIENCE_MS = 30_000 + LEASE_MS;
const empty = (fromMs: number): ToldPop => ({ at: [fromMs, fromMs + 1_000], brings: [] });
/** Empty answers from one time to another. */
const asking = (fromMs: number, toMs: number) =>
  Array.from({ length: Math.floor((toMs - fromMs) / 2_000) }, (_, nth) => empty(fromMs + nth * 2_000));
const first = acked([5, 20], [0]);
const second = (ms: number) => acked([ms, ms + 1], [1], { partition: 1 });
const last = acked([400_002, 400_003], [2], { partition: 2 });

function judge(pops: readonly ToldPop[], faults: readonly FaultRecord[] = [], pushes = PUSHES) {
  return checkLiveness(toldRun({ pushes, pops, more: { faults } }));
}

describe('legal', () => {
  test.each([
    ['delivered soon', [first, second(30), last]],
    ['delivered just in time', [first, ...asking(30, 40_000), second(PATIENCE_MS), last]],
    ['delivered late, because nobody asked', [first, second(300_000), last]],
    [
      'delivered late, but others of the partition were before',
      [
        first,
        ...[10_000, 40_000, 70_000].map((ms) => acked([ms, ms + 1], [0], { partition: 1 })),
        ...asking(50_000, 100_000),
        second(100_000),
        last,
      ],
    ],
    [
      'held by a lease that a lost answer may have given',
      [first, acked([9_000, 40_000], [], { httpStatus: 0 }), ...asking(10_000, 70_000), second(70_000), last],
    ],
    [
      'a few turns of others',
      [first, ...[20_000, 30_000, 40_000].map((ms) => acked([ms, ms + 1], [0])), second(90_000), last],
    ],
  ] as const)('%s', (_what, pops) => {
    expect(judge(pops)).toMatchObject({ verdict: 'valid', counts: { stalled: 0 } });
  });

  test('while a fault lasts', () => {
    expect(judge([first, ...asking(30, 90_000), second(90_000), last], [fault(80_000)]).verdict).toBe('valid');
  });
});

describe('illegal', () => {
  test('left lying while consumers were told that there is nothing', () => {
    const result = judge([first, ...asking(30, 90_000), second(90_000), last]);
    expect(result).toMatchObject({ verdict: 'invalid', summary: '1 stalled', counts: { longestStallMs: 89_981 } });
    expect(result.witness[0]).toMatch(
      /^stalled: message 1 .*the queue mode asked and was given nothing of partition 1 from 20 ms to 90001 ms/,
    );
  });

  test('left lying for ever', () => {
    expect(judge([first, ...asking(30, 90_000), last])).toMatchObject({ verdict: 'invalid' });
  });

  test('left lying while other partitions had their turns twice', () => {
    const others = Array.from({ length: 9 }, (_, nth) => acked([20_000 + nth * 5_000, 20_001 + nth * 5_000], [0]));
    expect(judge([first, ...others, second(90_000), last])).toMatchObject({ verdict: 'invalid' });
  });

  test('after the fault had healed', () => {
    expect(judge([first, ...asking(30, 90_000), second(90_000), last], [fault(20_000)]).verdict).toBe('invalid');
  });
});

describe('what cannot be known', () => {
  test('without consumers beside the producers', () => {
    expect(judge([acked([400_010, 400_011], [0]), second(400_012), last])).toMatchObject({
      verdict: 'unknown',
      summary: expect.stringContaining('nobody consumed while'),
    });
  });

  test('when a fault did not heal', () => {
    expect(judge([first, second(30), last], [fault(undefined)])).toMatchObject({ verdict: 'unknown' });
  });
});

function fault(healedMs: number | undefined): FaultRecord {
  const healedUs = healedMs === undefined ? undefined : us(healedMs);
  const times = { invokedUs: us(5), injectedUs: us(6), healInvokedUs: healedUs, healedUs };
  return { kind: 'postgres-pause', between: undefined, ...times, outcome: 'injected', detail: '' };
}
