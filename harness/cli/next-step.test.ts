import { expect, test } from 'vitest';
import type { ProfileRecord } from '../report/profile-record.ts';
import type { Result } from '../report/result.ts';
import { passedResult } from '../test/sample-result.ts';
import { nextStep } from './next-step.ts';

function withFailedProfile(kind: ProfileRecord['with'], command: string): Result {
  const profile = { with: kind, subject: 'a server', files: [], failure: 'not done after 150 s' };
  return { ...passedResult(), verdict: 'inconclusive', profile, command };
}

test('where clinic failed, what comes next is the profiler that needs no clinic, not more rounds', () => {
  const doctor = withFailedProfile('doctor', 'npm run profile -- smoke --with doctor --seed 7');
  expect(nextStep(doctor, 'reports/x')?.command).toBe('npm run profile -- smoke --with cpu --seed 7');
  const cpu = withFailedProfile('cpu', 'npm run profile -- smoke --seed 7');
  expect(nextStep(cpu, 'reports/x')?.command).toBe('npm run profile -- smoke --seed 7');
});
