import { expect, test } from 'vitest';
import { sampleBlock } from '../test/sample-block.ts';
import type { GateDecision } from './decision.ts';
import { type GateFindings, gateOutcome } from './gate-verdict.ts';

function decided(verdict: GateDecision['verdict']): GateDecision {
  return {
    ...{ verdict, needsConfirmation: false, confirmationBlocks: 0, metrics: [], reasons: ['why'] },
    ...{ needsAboutBlocks: null, nextLook: null },
  };
}

const nothing: GateFindings = { isInterrupted: false, unproved: undefined, decision: undefined, obstacles: [] };

test.each<[string, Partial<GateFindings>, string, number]>([
  ['a pass', { decision: decided('pass') }, 'pass', 0],
  ['a confirmed loss', { decision: decided('fail') }, 'fail', 2],
  ['no decision', { decision: decided('inconclusive') }, 'inconclusive', 3],
  ['nothing measured', {}, 'inconclusive', 3],
  ['a pass by a generator that was the limit', { decision: decided('pass'), obstacles: ['busy'] }, 'inconclusive', 3],
  ['a loss in spite of an obstacle', { decision: decided('fail'), obstacles: ['busy'] }, 'fail', 2],
  ['an interruption', { isInterrupted: true, decision: decided('pass') }, 'interrupted', 130],
  ['a violated proof', { unproved: sampleBlock({ number: 1, verdict: 'invalid' }) }, 'invalid', 1],
  [
    'a violated proof, and an interruption',
    { isInterrupted: true, unproved: sampleBlock({ number: 1, verdict: 'invalid' }) },
    'invalid',
    1,
  ],
  [
    'a violated proof, whatever was decided before',
    { decision: decided('pass'), unproved: sampleBlock({ number: 1, verdict: 'invalid' }) },
    'invalid',
    1,
  ],
  ['a proof that could not be made', { unproved: sampleBlock({ number: 1, verdict: 'unknown' }) }, 'inconclusive', 3],
  ['a violation told in words', { violation: 'lost 1', decision: decided('pass') }, 'invalid', 1],
])('%s', (_, findings, verdict, exitCode) => {
  const outcome = gateOutcome({ ...nothing, ...findings });
  expect(outcome).toMatchObject({ verdict, exitCode });
  if (verdict !== 'pass') expect(outcome.reasons).not.toHaveLength(0);
});
