import { expect, test } from 'vitest';
import type { FaultRecord } from '../history/fault-record.ts';
import { evidence, fault, promises } from '../test/checkers-evidence.ts';
import { checkFaults } from './faults.ts';

function judge(asked: readonly FaultRecord['kind'][], ...faults: readonly FaultRecord[]) {
  return checkFaults(evidence({ promises: promises({ faults: asked }), faults }));
}

test('faults that were all in effect and healed are valid, and counted by kind', () => {
  expect(judge(['postgres-kill', 'row-lock'], fault('postgres-kill', 1, 2), fault('row-lock', 3, 4))).toMatchObject({
    verdict: 'valid',
    summary: 'postgres-kill, row-lock: all in effect, all healed',
  });
  // One planned fault may be begun again and again.
  expect(judge(['row-lock'], fault('row-lock', 1, 2), fault('row-lock', 3, 4))).toMatchObject({
    verdict: 'valid',
    summary: '2 × row-lock: all in effect, all healed',
    counts: { faults: 2, 'row-lock': 2 },
  });
});

test('nothing asked for is valid', () => {
  expect(judge([])).toMatchObject({ verdict: 'valid', summary: 'no faults asked for' });
});

test.each([
  ['cannot be done here: done', { outcome: 'impossible', injectedUs: undefined }],
  ['went wrong: done', { outcome: 'failed' }],
  ['was never seen to be in effect', { injectedUs: undefined }],
  ['was never seen to be healed', { healedUs: undefined }],
] as const)('a fault that %s proves nothing', (words, more) => {
  expect(judge(['postgres-kill'], fault('postgres-kill', 1, 2, more))).toMatchObject({
    verdict: 'unknown',
    summary: `cannot be judged: postgres-kill ${words}`,
  });
});

test('a fault that was asked for and never begun proves nothing', () => {
  expect(judge(['worker-kill', 'worker-kill', 'row-lock'], fault('worker-kill', 1, 2))).toMatchObject({
    verdict: 'unknown',
    summary: 'cannot be judged: 2 × worker-kill was asked for, 1 begun; 1 × row-lock was asked for, 0 begun',
  });
});
