import { expect, test } from 'vitest';
import type { Trial } from '../scenario/plan-defects.ts';
import { judgeTrial, type TrialFinding } from './judge-trial.ts';

const workload: Trial['workload'] = { kind: 'conformance', title: 'conformance', behaviours: [] };
const broken: Trial = { defect: 'skip-locked', caughtBy: 'leases', workload };
const good: Trial = { defect: 'none', caughtBy: undefined, workload };

function found(name: string, verdict: TrialFinding['verdict']): TrialFinding {
  return { name, verdict, witness: `${name} saw it` };
}

test('a defect is caught by the check that is meant for it, whatever others say', () => {
  const findings = [found('statuses', 'invalid'), found('leases', 'valid'), found('leases', 'invalid')];
  expect(judgeTrial(broken, findings)).toEqual({
    verdict: 'caught',
    witness: 'leases saw it',
    alsoCaughtBy: ['statuses'],
  });
});

test.each([
  [[found('statuses', 'invalid'), found('leases', 'valid')], 'it is valid: leases saw it'],
  [[found('leases', 'unknown')], 'it is unknown: leases saw it'],
  [[found('statuses', 'invalid')], 'this check was not made'],
])('a defect that only others caught, or nobody, is missed', (findings, witness) => {
  expect(judgeTrial(broken, findings)).toMatchObject({ verdict: 'missed', witness });
});

test('the good server is clean only when everything was checked and is valid', () => {
  expect(judgeTrial(good, [found('leases', 'valid')]).verdict).toBe('clean');
  expect(judgeTrial(good, [found('leases', 'valid'), found('statuses', 'unknown')]).verdict).toBe('unknown');
  expect(judgeTrial(good, [found('statuses', 'unknown'), found('leases', 'invalid')])).toMatchObject({
    verdict: 'accused',
    witness: 'leases: leases saw it',
  });
  expect(judgeTrial(good, []).verdict).toBe('unknown');
});
