import { expect, test } from 'vitest';
import type { FaultResult } from '../result.ts';
import { faultSpans } from './fault-span.ts';

const KILLED: FaultResult = {
  ...{ round: 1, kind: 'postgres-kill', between: null, fromMs: 2_010, toMs: 4_480 },
  ...{ outcome: 'injected', detail: 'SIGKILL' },
};

test('the same fault of another round is one span', () => {
  const again = { ...KILLED, round: 2, fromMs: 1_990, toMs: 4_520 };
  expect(faultSpans([KILLED, again])).toEqual([{ label: 'postgres-kill', fromS: 2, toS: 4.5 }]);
});

test('what was over at once is wide enough to be seen, and what was never healed has no end', () => {
  expect(faultSpans([{ ...KILLED, toMs: 2_020 }])).toEqual([{ label: 'postgres-kill', fromS: 2, toS: 2.1 }]);
  expect(faultSpans([{ ...KILLED, toMs: null }])).toEqual([{ label: 'postgres-kill', fromS: 2, toS: null }]);
});

test('what could not be done shades nothing', () => {
  expect(faultSpans([{ ...KILLED, outcome: 'impossible' }])).toEqual([]);
});
