import { describe, expect, test } from 'vitest';
import { acked, expired, LEASE_MS, nacked, type ToldPop, toldRun } from '../test/told-run.ts';
import { checkRedelivery } from './redelivery.ts';

function judge(pops: readonly ToldPop[], groups?: readonly string[]) {
  return checkRedelivery(toldRun({ pushes: [{ at: [0, 1], messages: 2 }], pops, groups: groups ?? [''] }));
}

const LATER = LEASE_MS + 1_000;

describe('legal', () => {
  const twice: readonly (readonly [string, readonly ToldPop[], object])[] = [
    ['after a nack', [nacked([10, 11], [0]), acked([20, 21], [0])], { afterNack: 1 }],
    ['after a lease ran out', [expired([10, 11], [0]), acked([LATER, LATER + 20], [0])], { afterExpiry: 1 }],
    [
      'after an ack that was refused',
      [acked([10, 11], [0], { settled: { as: 'ack', at: [12, 13], outcome: 'refused' } }), acked([20, 21], [0])],
      { afterExpiry: 1 },
    ],
    [
      'after an ack without an answer',
      [acked([10, 11], [0], { settled: { as: 'ack', at: [12, 13], outcome: 'indeterminate' } }), acked([20, 21], [0])],
      { afterUncertainAck: 1 },
    ],
    ['after a crash', [{ ...expired([10, 11], [0]), settled: { as: 'crash' } }, acked([LATER, LATER + 2], [0])], {}],
    [
      'by a pop asked before the ack came too late to count for certain',
      [acked([10, 11], [0], { settled: { as: 'ack', at: [LATER, LATER + 9] } }), acked([LATER - 9, LATER + 2], [0])],
      { afterUncertainAck: 1 },
    ],
    ['to another group', [acked([10, 11], [0]), acked([20, 21], [0], { group: 1 })], { redeliveries: 0 }],
    [
      'by autoAck after a lease ran out, whichever was answered first',
      [{ at: [LATER, LATER + 1], brings: [0] }, expired([10, LATER + 5], [0])],
      {},
    ],
  ];

  test.each(twice)('%s', (_what, pops, counts) => {
    expect(judge(pops, ['', 'b'])).toMatchObject({ verdict: 'valid', counts: { redelivered: 0, ...counts } });
  });
});

describe('illegal', () => {
  test('by a pop that was asked after the ack had been answered', () => {
    const result = judge([acked([10, 11], [1, 0]), acked([20, 21], [0])]);
    expect(result).toMatchObject({ verdict: 'invalid', counts: { redelivered: 1, redeliveries: 1, completed: 2 } });
    expect(result.witness).toEqual([
      'redelivered: message 0 (transaction id r1-0) in the queue mode: pop 0 of consumer 0, asked at 10 ms, answered at 11 ms, ' +
        'ack at 12 ms, answered at 13 ms (completed); then pop 1 of consumer 1, asked at 20 ms, answered at 21 ms, ack at 22 ms, ' +
        'answered at 23 ms (completed); see: select * from queen.partition_consumers where partition_id in ' +
        "(select partition_id from queen.messages where transaction_id = 'r1-0')",
    ]);
  });

  test.each([
    ['by a pop that had waited since before the ack', [acked([10, 11], [0]), acked([5, 21], [0])]],
    ['after autoAck', [{ at: [10, 11], brings: [0] }, acked([12, 13], [0])]],
    ['after autoAck, by a pop that had waited', [{ at: [10, 11], brings: [0] }, acked([5, 13], [0])]],
    ['long after', [nacked([1, 2], [0]), acked([10, 11], [0]), expired([LATER * 9, LATER * 9 + 1], [0])]],
    [
      'after an ack that came too late and was taken all the same',
      [acked([10, 11], [0], { settled: { as: 'ack', at: [LATER, LATER + 9] } }), acked([LATER + 10, LATER + 11], [0])],
    ],
  ] as const)('%s', (_what, pops) => {
    expect(judge(pops)).toMatchObject({ verdict: 'invalid', counts: { redelivered: 1 } });
  });
});

test('a delivery while the first lease is held is for the leases check', () => {
  const held = acked([10, 11], [0], { settled: { as: 'ack', at: [50, 51] } });
  expect(judge([held, acked([5, 21], [0])])).toMatchObject({ counts: { redelivered: 0 } });
});

test('without anything completed nothing is known', () => {
  expect(judge([nacked([1, 2], [0])]).verdict).toBe('unknown');
  const missing = { ...toldRun({ pushes: [], pops: [] }), consumption: { missing: 'nobody consumed' } };
  expect(checkRedelivery(missing)).toMatchObject({ verdict: 'unknown', summary: 'cannot be judged: nobody consumed' });
});
