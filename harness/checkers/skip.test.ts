import { describe, expect, test } from 'vitest';
import type { RunEvidence } from '../history/evidence.ts';
import {
  acked,
  expired,
  LEASE_MS,
  nacked,
  type ToldPop,
  type ToldPush,
  type ToldRepeat,
  toldDeadLetters,
  toldRun,
} from '../test/told-run.ts';
import { checkSkip } from './skip.ts';

interface More {
  readonly pushes?: readonly ToldPush[];
  readonly repeats?: readonly ToldRepeat[];
  readonly drained?: readonly [true | string, true | string];
  readonly deadLetters?: readonly number[] | undefined;
}

/** Four messages pushed one after the other, unless told otherwise; the second group received them all. */
function judge(
  pops: readonly ToldPop[],
  { pushes = PUSHES, repeats = [], drained = [true, true], ...more }: More = {},
) {
  const messages = pushes.length;
  const other = acked(
    [1, 2],
    Array.from({ length: messages }, (_, message) => message),
    { group: 1 },
  );
  const told = toldRun({ pushes, repeats, pops: [...pops, other], groups: ['', 'b'], drained });
  const { deadLetters = [] } = more;
  const known = toldDeadLetters(messages, deadLetters);
  const missing = { missing: 'nobody looked' };
  const isKnown = !('deadLetters' in more) || more.deadLetters !== undefined;
  const evidence: RunEvidence = { ...told, deadLetters: isKnown ? known : missing };
  return checkSkip(evidence);
}

const PUSHES: readonly ToldPush[] = [0, 2, 4, 6].map((ms) => ({ at: [ms, ms + 1] }));

const LATER = LEASE_MS + 1_000;
/** A pop whose answer nobody got. */
const LOST: ToldPop = acked([14, 15], [], { httpStatus: 0 });
const LOST_AUTO_ACK: ToldPop = { at: [14, 15], brings: [], httpStatus: 0 };
const all = acked([100, 101], [0, 1, 2, 3]);

describe('legal', () => {
  const runs: readonly (readonly [string, readonly ToldPop[], More?])[] = [
    [
      'a second lease, which is for the leases check',
      [expired([10, 11], [0]), acked([20, 21], [1, 2]), acked([LATER, LATER + 1], [0, 3])],
    ],
    ['everything once', [acked([10, 11], [0, 1]), acked([20, 21], [2, 3])]],
    ['again from the first after a nack', [nacked([10, 11], [0, 1]), acked([20, 21], [0, 1, 2]), acked([30, 31], [3])]],
    [
      'again in smaller pieces',
      [expired([10, 11], [0, 1, 2, 3]), acked([LATER, LATER + 1], [0]), acked([LATER + 9, LATER + 10], [1, 2, 3])],
    ],
    ['without what was settled', [acked([10, 11], [0]), nacked([20, 21], [1, 2]), acked([30, 31], [1, 2, 3])]],
    [
      'without what may have been settled',
      [
        acked([10, 11], [0, 1], { settled: { as: 'ack', at: [12, 13], outcome: 'indeterminate' } }),
        acked([20, 21], [2, 3]),
      ],
    ],
    [
      'without what a late ack settled',
      [
        expired([10, 11], [0, 1], { settled: { as: 'expire', at: [LATER, LATER + 1], outcome: 'completed' } }),
        acked([LATER + 5, LATER + 6], [2, 3]),
      ],
    ],
    ['without what became a dead letter', [nacked([10, 11], [0]), acked([20, 21], [1, 2, 3])], { deadLetters: [0] }],
    [
      'without what may have become a dead letter',
      [...[10, 20, 30, 40].map((ms) => nacked([ms, ms + 1], [0])), acked([50, 51], [1, 2, 3])],
      { deadLetters: undefined },
    ],
    [
      'without what became one by lost answers',
      [LOST, LOST, LOST, nacked([20, 21], [0]), acked([50, 51], [1, 2, 3])],
      { deadLetters: undefined },
    ],
    ['never delivered, as a dead letter', [acked([10, 11], [0, 2, 3])], { deadLetters: [1] }],
    [
      'never delivered, with nothing later completed',
      [acked([10, 11], [0, 1]), nacked([20, 21], [2])],
      { deadLetters: [2] },
    ],
    ['never delivered, pushed at the same time', [acked([10, 11], [1])], { pushes: [{ at: [0, 3] }, { at: [2, 5] }] }],
    [
      'never delivered, and nobody knows whether it is there',
      [acked([10, 11], [1])],
      { pushes: [{ at: [0, 1], answers: 'indeterminate' }, { at: [2, 5] }] },
    ],
    [
      'never delivered, of another partition',
      [acked([10, 11], [1])],
      { pushes: [{ at: [0, 1], partition: 1 }, { at: [2, 5] }] },
    ],
    [
      'another partition goes on meanwhile',
      [expired([10, 11], [0]), acked([20, 21], [1], { partition: 1 }), acked([LATER, LATER + 1], [0, 2, 3])],
      { pushes: PUSHES.map((push, nth) => ({ ...push, partition: nth === 1 ? 1 : 0 })) },
    ],
    [
      'of an unclear order: autoAck at once',
      [
        { at: [10, 20], brings: [0, 1] },
        { at: [9, 21], brings: [2, 3] },
      ],
    ],
  ];

  for (const [what, pops, more] of runs)
    test(what, () => {
      const none = { skipped: 0, passedOver: 0, abandoned: 0, disordered: 0 };
      expect(judge(pops, more)).toMatchObject({ verdict: 'valid', counts: none });
    });
});

describe('illegal', () => {
  const runs: readonly (readonly [string, string, readonly ToldPop[], More?])[] = [
    ['skipped', 'never delivered, although a later one was completed', [acked([10, 11], [0, 2, 3])]],
    ['skipped', 'even if the drain was not complete', [acked([10, 11], [0, 2])], { drained: ['time is over', true] }],
    ['skipped', 'buffered', [acked([10, 11], [1])], { pushes: [{ at: [0, 1], answers: 'buffered' }, { at: [2, 5] }] }],
    [
      'skipped',
      'and no dead letter that anybody could have made',
      [acked([10, 11], [0, 2, 3])],
      { deadLetters: undefined },
    ],
    [
      'passedOver',
      'after a nack',
      [nacked([10, 11], [0, 1]), acked([20, 21], [1, 2]), acked([30, 31], [0]), acked([40, 41], [3])],
    ],
    [
      'passedOver',
      'after a lease ran out',
      [expired([10, 11], [0]), acked([LATER, LATER + 1], [1, 2]), acked([LATER + 9, LATER + 10], [0, 3])],
    ],
    [
      'passedOver',
      'after a refused ack',
      [
        acked([10, 11], [0], { settled: { as: 'ack', at: [12, 13], outcome: 'refused' } }),
        acked([LATER, LATER + 1], [1, 2, 3]),
      ],
    ],
    [
      'passedOver',
      'after a crash, by the pop that had waited',
      [{ ...expired([10, 11], [0]), settled: { as: 'crash' } }, acked([5, 20], [1, 2, 3])],
    ],
    [
      'passedOver',
      'before its retries were used up',
      [nacked([10, 11], [0]), acked([20, 21], [1, 2, 3])],
      { deadLetters: undefined },
    ],
    [
      'passedOver',
      'though it came again, and so was no dead letter',
      [
        ...[10, 20, 30, 40, 50].map((ms) => nacked([ms, ms + 1], [0])),
        acked([60, 61], [1, 2, 3]),
        acked([70, 71], [0]),
      ],
      { deadLetters: undefined },
    ],
    ['abandoned', 'never again', [acked([10, 11], [0, 1, 2]), nacked([20, 21], [3])]],
    ['disordered', 'again in another order', [nacked([10, 11], [0, 1, 2]), acked([20, 21], [1, 0, 2, 3])]],
    ['disordered', 'behind what comes for the first time', [nacked([10, 11], [0]), acked([20, 21], [1, 0, 2, 3])]],
  ];

  for (const [name, what, pops, more] of runs)
    test(`${name}: ${what}`, () => {
      const result = judge(pops, more);
      expect(result).toMatchObject({ verdict: 'invalid', summary: `1 ${name}` });
      expect(result.witness).toEqual([expect.stringMatching(new RegExp(`^${name}: `))]);
    });

  test('is shown with what went on without it', () => {
    const [witness] = judge([nacked([10, 11], [0, 1]), acked([20, 21], [2, 3]), all]).witness;
    expect(witness).toMatch(
      /^passedOver: message 0 .*pop 0 .*nack at 12 ms.*\(failed\).*; then without it message 3 .*pop 1 /,
    );
  });
});

describe('what cannot be known', () => {
  test.each([
    ['a drain that was not complete', [acked([10, 11], [0, 1, 2]), expired([20, 21], [3])], ['time is over', true]],
    [
      'a lost answer with autoAck, in which the rest may have been',
      [{ at: [10, 11], brings: [0, 1] }, LOST_AUTO_ACK, { at: [20, 21], brings: [3] }],
      [true, true],
    ],
  ] as const)('%s', (_what, pops, drained) => {
    expect(judge(pops, { drained })).toMatchObject({ verdict: 'unknown' });
  });
});
