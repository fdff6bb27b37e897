import { describe, expect, test } from 'vitest';
import { isMissing } from '../history/evidence.ts';
import type { FaultRecord } from '../history/fault-record.ts';
import type { SettleOutcome } from '../history/settlement.ts';
import { acked, expired, LEASE_MS, nacked, type Span, type ToldPop, toldRun, us } from '../test/told-run.ts';
import { checkAcks } from './acks.ts';

describe('of a history', () => {
  const LATE = LEASE_MS + 1_000;

  function judge(pops: readonly ToldPop[], faults: readonly FaultRecord[] = []) {
    return checkAcks(toldRun({ pushes: [{ at: [0, 1], messages: 2 }], pops, more: { faults } }));
  }

  const refusal = (at: Span) => ({ settled: { as: 'ack', at, outcome: 'refused' } }) as const;
  /** The holder lets its lease run out and acknowledges afterwards, at this time. */
  const late = (at: Span, outcome: SettleOutcome) => ({ settled: { as: 'expire', at, outcome } }) as const;
  const next = expired([LATE, LATE + 10], [0]);

  const legal: readonly (readonly [string, readonly ToldPop[], object])[] = [
    [
      'acks and nacks that were taken',
      [acked([2, 3], [0, 1]), nacked([6, 7], [0])],
      { sent: 3, completed: 2, failed: 1 },
    ],
    ['a late ack that is refused', [expired([2, 3], [0], late([LATE, LATE + 1], 'refused'))], { refusedLate: 1 }],
    ['a refusal within the slack', [acked([2, 3], [0], refusal([LEASE_MS - 60, LEASE_MS - 50]))], { refusedLate: 1 }],
    ['a late ack that nothing stands against', [expired([2, 3], [0], late([LATE, LATE + 1], 'completed'))], {}],
    [
      'an ack within the slack although another has it now',
      [
        expired([2, 3], [0], late([LEASE_MS + 40, LEASE_MS + 50], 'completed')),
        expired([LEASE_MS, LEASE_MS + 20], [0]),
      ],
      {},
    ],
    [
      'an ack before the other consumer had its answer',
      [expired([2, 3], [0], late([LATE + 5, LATE + 20], 'completed')), next],
      {},
    ],
    [
      'an ack that was not answered',
      [acked([2, 3], [0], { settled: { as: 'ack', at: [4, 5], outcome: 'indeterminate' } })],
      { indeterminate: 1 },
    ],
    ['what was never acknowledged, beside what was', [expired([2, 3], [0]), acked([LATE, LATE + 1], [0])], { sent: 1 }],
  ];

  test.each(legal)('legal: %s', (_what, pops, counts) => {
    const none = { refused: 0, staleAccepted: 0, contradicted: 0 };
    expect(judge(pops)).toMatchObject({ verdict: 'valid', counts: { ...none, ...counts } });
  });

  test('a stale ack that is taken although another consumer has the message', () => {
    const result = judge([expired([2, 3], [0], late([LATE + 50, LATE + 60], 'completed')), next]);
    expect(result).toMatchObject({ verdict: 'invalid', summary: '1 staleAccepted' });
    expect(result.witness[0]).toMatch(
      /expire at 11050 ms, answered at 11060 ms \(completed\); then pop 1 of consumer 1, asked at 11000 ms/,
    );
    const nack = [{ ...nacked([2, 3], [0]), settled: { as: 'nack', at: [LATE + 50, LATE + 60] } }, next] as const;
    expect(judge(nack)).toMatchObject({ verdict: 'invalid', summary: '1 staleAccepted' });
  });

  test('an ack that is refused in time, unless a fault was near', () => {
    const pops = [acked([2_000, 2_001], [0], refusal([2_002, 2_003])), acked([3_000, 3_001], [0])];
    expect(judge(pops)).toMatchObject({ verdict: 'invalid', summary: '1 refused' });
    expect(judge(pops, [fault(500, 900)])).toMatchObject({ verdict: 'invalid' });
    expect(judge(pops, [{ ...fault(500, 1_500), outcome: 'impossible' }])).toMatchObject({ verdict: 'invalid' });
    expect(judge(pops, [fault(2_010, 2_100)])).toMatchObject({ verdict: 'invalid' });
    for (const near of [fault(500, 1_500), fault(2_002, 9_000), fault(500, undefined)]) {
      expect(judge(pops, [near])).toMatchObject({ verdict: 'valid', counts: { refusedLate: 1 } });
    }
  });

  test('an ack that is answered with the opposite', () => {
    const opposite = { settled: { as: 'ack', at: [4, 5], outcome: 'failed' } } as const;
    expect(judge([acked([2, 3], [0], opposite)])).toMatchObject({ verdict: 'invalid', summary: '1 contradicted' });
  });

  test('answers to consumers that are none by the contract', () => {
    const told = toldRun({ pushes: [{ at: [0, 1] }], pops: [acked([2, 3], [0])] });
    if (isMissing(told.consumption)) throw new Error('the told run has a history');
    const consumption = { ...told.consumption, malformed: { count: 2, examples: ['<html>'] } };
    expect(checkAcks({ ...told, consumption })).toMatchObject({ verdict: 'invalid', witness: ['malformed: <html>'] });
  });

  test('without acks nothing is known', () => {
    expect(judge([{ at: [2, 3], brings: [0, 1] }]).verdict).toBe('unknown');
  });
});

function fault(fromMs: number, healedMs: number | undefined): FaultRecord {
  const healedUs = healedMs === undefined ? undefined : us(healedMs);
  const times = { invokedUs: us(fromMs), injectedUs: us(fromMs), healInvokedUs: healedUs, healedUs };
  return { kind: 'row-lock', between: undefined, ...times, outcome: 'injected', detail: '' };
}
