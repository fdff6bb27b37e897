import { expect, test } from 'vitest';
import { evidence } from '../test/checkers-evidence.ts';
import { checkAcks } from './acks.ts';

const NONE = { count: 0, examples: [] };
const GOOD = { sent: 1200, completed: 1200, refused: NONE, redelivered: NONE };

test('completed acks are valid', () => {
  expect(checkAcks(evidence({ acks: GOOD }))).toEqual({
    name: 'acks',
    verdict: 'valid',
    summary: 'all 1,200 acks were completed, nothing came again after its ack',
    counts: { sent: 1200, completed: 1200, refused: 0, redelivered: 0 },
    witness: [],
  });
});

test.each(['refused', 'redelivered'] as const)('%s is a violation, with its witness', (violation) => {
  const acks = { ...GOOD, [violation]: { count: 2, examples: ['what happened'] } };
  expect(checkAcks(evidence({ acks }))).toMatchObject({
    verdict: 'invalid',
    summary: `of 1,200 acks: 2 ${violation}`,
    witness: [`${violation}: what happened`],
  });
});

test('without acks nothing is known', () => {
  expect(checkAcks(evidence({ acks: { missing: 'nobody looked' } }))).toMatchObject({
    verdict: 'unknown',
    summary: 'cannot be judged: nobody looked',
  });
  expect(checkAcks(evidence({ acks: { ...GOOD, sent: 0, completed: 0 } })).verdict).toBe('unknown');
});
