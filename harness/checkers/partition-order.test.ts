import { describe, expect, test } from 'vitest';
import type { ItemOutcome } from '../history/item-outcome.ts';
import {
  acked,
  expired,
  LEASE_MS,
  nacked,
  type ToldPop,
  type ToldPush,
  type ToldRepeat,
  toldRun,
} from '../test/told-run.ts';
import { checkPartitionOrder } from './partition-order.ts';

function judge(pushes: readonly ToldPush[], pops: readonly ToldPop[], repeats: readonly ToldRepeat[] = []) {
  return checkPartitionOrder(toldRun({ pushes, pops, repeats, groups: ['', 'b'] }));
}

/** One push after the other, each of one message. */
const ONE_BY_ONE: readonly ToldPush[] = [{ at: [0, 1] }, { at: [2, 3] }, { at: [4, 5] }];
/** The second push was sent before the first was answered. */
const AT_ONCE: readonly ToldPush[] = [{ at: [0, 3] }, { at: [2, 4] }];

const first = (answers: ItemOutcome): readonly ToldPush[] => [{ at: [0, 1], answers }, { at: [2, 3] }];
/** The second message comes before the first. */
const REVERSED = [acked([10, 11], [1, 0])];

describe('legal', () => {
  const runs: readonly (readonly [string, readonly ToldPush[], readonly ToldPop[], (readonly ToldRepeat[])?])[] = [
    ['in order', ONE_BY_ONE, [acked([10, 11], [0, 1]), acked([20, 21], [2])]],
    ['in order again after a nack', ONE_BY_ONE, [nacked([10, 11], [0, 1]), acked([20, 21], [0, 1, 2])]],
    ['a later one again after an earlier one', ONE_BY_ONE, [expired([10, 11], [0, 1, 2]), acked([20, 21], [0])]],
    ['pushes at once, in any order', AT_ONCE, REVERSED],
    ['pushes of which one was answered in the moment the other was sent', [{ at: [0, 2] }, { at: [2, 4] }], REVERSED],
    [
      'to two partitions',
      [{ at: [0, 1] }, { at: [2, 3], partition: 1 }],
      [acked([9, 10], [1], { partition: 1 }), acked([11, 12], [0])],
    ],
    ['to each group by itself', ONE_BY_ONE, [acked([10, 11], [0, 1, 2]), acked([20, 21], [0, 1, 2], { group: 1 })]],
    ['an outcome nobody knows may take its place late', first('indeterminate'), REVERSED],
    ['so may one that was answered malformed', first('malformed'), REVERSED],
    ['one that failed has no place, even if it comes', first('failed'), REVERSED],
    [
      'a repeat that stored it gives it its place',
      first('indeterminate'),
      REVERSED,
      [{ of: 0, at: [4, 5], answers: 'queued' }],
    ],
    [
      'one that is a duplicate by then had it before',
      first('indeterminate'),
      REVERSED,
      [{ of: 0, at: [2, 5], answers: 'duplicate' }],
    ],
    ['a failed attempt counts for nothing', first('failed'), REVERSED, [{ of: 0, at: [4, 5], answers: 'queued' }]],
    [
      'pops with autoAck at once, whichever is answered first',
      ONE_BY_ONE,
      [
        { at: [10, 20], brings: [1] },
        { at: [9, 21], brings: [0] },
      ],
    ],
    [
      'an answer so late that its lease may have run out',
      ONE_BY_ONE,
      [expired([LEASE_MS, LEASE_MS + 9], [1]), expired([10, LEASE_MS + 60], [0])],
    ],
    [
      'messages of one request that no single request stored',
      [{ at: [0, 1], answers: ['failed', 'queued'] }],
      REVERSED,
      [{ of: 0, at: [2, 3], answers: ['queued', 'duplicate'] }],
    ],
    ['messages of one request of which nobody knows', [{ at: [0, 1], answers: ['indeterminate', 'queued'] }], REVERSED],
  ];

  for (const [what, pushes, pops, repeats] of runs)
    test(what, () => {
      expect(judge(pushes, pops, repeats)).toMatchObject({
        verdict: 'valid',
        counts: { overtook: 0, overtookInRequest: 0 },
      });
    });
});

describe('illegal', () => {
  const runs: readonly (readonly [string, readonly ToldPush[], readonly ToldPop[], (readonly ToldRepeat[])?])[] = [
    ['within a reply', ONE_BY_ONE, [acked([10, 11], [0, 2, 1])]],
    ['one pop after the other', ONE_BY_ONE, [acked([10, 11], [1]), acked([12, 13], [0, 2])]],
    ['by a pop that had waited', ONE_BY_ONE, [acked([10, 11], [1]), acked([5, 13], [0, 2])]],
    [
      'of autoAck pops one after the other',
      ONE_BY_ONE,
      [
        { at: [10, 11], brings: [2] },
        { at: [12, 13], brings: [0, 1] },
      ],
    ],
    ['in one of two groups', ONE_BY_ONE, [acked([10, 11], [0, 1, 2]), acked([20, 21], [1, 0, 2], { group: 1 })]],
    ['a buffered message and one pushed afterwards', first('buffered'), REVERSED],
    [
      'a duplicate and one pushed after that answer',
      first('indeterminate'),
      REVERSED,
      [{ of: 0, at: [1, 1.5], answers: 'duplicate' }],
    ],
    ['a buffered one that was sent again', first('buffered'), REVERSED, [{ of: 0, at: [4, 5], answers: 'duplicate' }]],
    [
      'one that nobody knows of before one that was answered when it was sent',
      [{ at: [0, 1] }, { at: [2, 3], answers: 'indeterminate' }],
      REVERSED,
    ],
    ['among many at once', [{ at: [0, 9] }, { at: [1, 2] }, { at: [3, 8] }], [acked([10, 11], [2, 0, 1])]],
  ];

  for (const [what, pushes, pops, repeats] of runs)
    test(what, () => {
      expect(judge(pushes, pops, repeats)).toMatchObject({
        verdict: 'invalid',
        counts: { overtook: 1, overtookInRequest: 0 },
      });
    });

  test.each([
    ['stored', { answers: ['queued', 'queued', 'queued'] }],
    ['buffered', { answers: ['queued', 'buffered', 'buffered'] }],
  ] as const)('within a request that was %s', (_what, push) => {
    const pops = [acked([10, 11], [0, 2]), acked([12, 13], [1])];
    expect(judge([{ at: [0, 1], ...push }], pops)).toMatchObject({
      verdict: 'invalid',
      summary: '1 overtookInRequest',
    });
  });

  test('within a request whose repeat was a duplicate', () => {
    const repeats = [{ of: 0, at: [2, 3], answers: 'duplicate' }] as const;
    const pushes = [{ at: [0, 1], messages: 2 }] as const;
    expect(judge(pushes, REVERSED, repeats)).toMatchObject({ verdict: 'invalid', summary: '1 overtookInRequest' });
  });

  test('within a repeat that stored it all', () => {
    const pushes = [{ at: [0, 1], answers: ['indeterminate', 'indeterminate'] }] as const;
    const repeats = [{ of: 0, at: [2, 3], answers: ['queued', 'queued'] }] as const;
    expect(judge(pushes, REVERSED, repeats)).toMatchObject({ verdict: 'invalid', summary: '1 overtookInRequest' });
  });

  test('is shown with both messages, their times and their rows', () => {
    const [witness = ''] = judge(ONE_BY_ONE, [acked([10, 11], [1]), acked([12, 13], [0, 2])]).witness;
    expect(witness).toMatch(
      /^overtook: in the queue mode this came later: message 0 .*place between 0 ms and 1 ms.*pop 1 /,
    );
    expect(witness).toMatch(
      /; than this: message 1 .*between 2 ms and 3 ms, first delivered by pop 0 .*answered at 11 ms/,
    );
  });
});

test('without deliveries nothing is known', () => {
  expect(judge(ONE_BY_ONE, []).verdict).toBe('unknown');
});
