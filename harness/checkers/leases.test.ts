import { describe, expect, test } from 'vitest';
import { acked, expired, LEASE_MS, nacked, type ToldPop, toldRun } from '../test/told-run.ts';
import { checkLeases } from './leases.ts';

function judge(pops: readonly ToldPop[], groups: readonly string[] = ['', 'b']) {
  return checkLeases(toldRun({ pushes: [{ at: [0, 1], messages: 4 }], pops, groups }));
}

/** Just inside, and just beyond, what a lease is certainly held for: 50 ms and a thousandth of it are slack. */
const EARLY = LEASE_MS - 70;
const LATE = LEASE_MS + 70;

describe('legal', () => {
  const runs: readonly (readonly [string, readonly ToldPop[]])[] = [
    ['one after the other', [acked([10, 11], [0]), acked([12, 14], [1])]],
    ['from the moment the ack is sent', [acked([10, 11], [0]), acked([5, 12], [1])]],
    ['from the moment the nack is sent', [nacked([10, 11], [0]), nacked([5, 12], [0])]],
    ['after the lease may have run out', [expired([0, 9], [0, 1]), expired([5, EARLY + 20], [0, 1])]],
    ['in another partition', [expired([10, 11], [0]), expired([12, 14], [1], { partition: 1 })]],
    ['in another group', [expired([10, 11], [0]), expired([12, 14], [0], { group: 1 })]],
    ['after a crash', [{ ...expired([10, 11], [0]), settled: { as: 'crash' } }, expired([12, 14], [0])]],
    [
      'an answer that came so late that its lease may have run out before the other began',
      [expired([0, LATE], [0]), expired([LATE - 20, LATE + 5], [0])],
    ],
    ['autoAck that may have come before the lease', [{ at: [5, 20], brings: [1] }, expired([10, 11], [0])]],
    [
      'two with autoAck, of different messages',
      [
        { at: [5, 20], brings: [1] },
        { at: [5, 20], brings: [0] },
      ],
    ],
    ['empty answers', [expired([10, 11], [0]), { at: [12, 13], brings: [] }]],
  ];

  test.each(runs)('%s', (_what, pops) => {
    const none = { messageLeasedTwice: 0, partitionLeasedTwice: 0, completedTwice: 0, sharedLease: 0 };
    expect(judge(pops)).toMatchObject({ verdict: 'valid', counts: none });
  });
});

describe('illegal', () => {
  const runs: readonly (readonly [string, string, readonly ToldPop[]])[] = [
    ['messageLeasedTwice', 'at once', [expired([10, 11], [0, 1]), expired([10, 11], [1])]],
    ['messageLeasedTwice', 'just before the lease can have run out', [expired([0, 9], [0]), expired([5, EARLY], [0])]],
    ['messageLeasedTwice', 'before the ack is sent', [acked([10, 11], [0]), acked([5, 11.5], [0])]],
    [
      'messageLeasedTwice',
      'under the names of two partitions',
      [acked([30, 31], [1], { partition: 1 }), acked([30, 31], [1])],
    ],
    ['messageLeasedTwice', 'twice in one reply', [acked([10, 11], [0, 0])]],
    ['partitionLeasedTwice', 'with the messages that follow', [expired([10, 11], [0, 1]), expired([12, 13], [2, 3])]],
    ['partitionLeasedTwice', 'by autoAck within a lease', [expired([10, 11], [0, 1]), { at: [12, 13], brings: [2] }]],
    [
      'partitionLeasedTwice',
      'behind one that was settled',
      [expired([10, 11], [0]), acked([30, 31], [2], { partition: 1 }), acked([30, 31], [1])],
    ],
    [
      'completedTwice',
      'by two autoAck at once',
      [
        { at: [5, 20], brings: [0] },
        { at: [6, 21], brings: [0] },
      ],
    ],
    [
      'sharedLease',
      'one id for two pops',
      [acked([10, 11], [0], { lease: 'x' }), acked([30, 31], [1], { lease: 'x', partition: 1 })],
    ],
  ];

  test.each(runs)('%s: %s', (name, _what, pops) => {
    const result = judge(pops);
    expect(result).toMatchObject({ verdict: 'invalid', summary: `1 ${name}` });
    expect(result.witness).toEqual([expect.stringMatching(new RegExp(`^${name}: `))]);
  });

  test('is shown with both leases', () => {
    expect(judge([expired([10, 11], [0, 1]), expired([12, 13], [2, 3])]).witness[0]).toMatch(
      /^partitionLeasedTwice: partition 0 for the queue mode: message 0 .*asked at 10 ms.*; and message 2 .*answered at 13 ms/,
    );
  });
});

test('without deliveries nothing is known', () => {
  expect(judge([{ at: [0, 1], brings: [] }]).verdict).toBe('unknown');
});
