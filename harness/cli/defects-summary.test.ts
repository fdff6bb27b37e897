import { expect, test } from 'vitest';
import type { DefectsResult } from '../report/defects-result.ts';
import { renderDefectsSummary } from './defects-summary.ts';

const result = {
  verdict: 'failed',
  answer: '1 of 2 defects were caught.',
  reasons: ['leak is not caught by leaks: it is valid: nothing grew'],
  trials: [
    {
      defect: 'none',
      workload: 'smoke',
      caughtBy: null,
      verdict: 'clean',
      witness: '5 checks are valid',
      alsoCaughtBy: [],
      durationMs: 1,
    },
    {
      defect: 'skip-locked',
      workload: 'smoke',
      caughtBy: 'accounting',
      verdict: 'caught',
      witness: `lost: ${'m'.repeat(90)}\u001b[31m`,
      alsoCaughtBy: ['skip'],
      durationMs: 1,
    },
    {
      defect: 'leak',
      workload: 'pop-ack',
      caughtBy: 'leaks',
      verdict: 'missed',
      witness: 'it is valid: nothing grew',
      alsoCaughtBy: [],
      durationMs: 1,
    },
  ],
} as unknown as DefectsResult;

test('each defect with the check that caught it and what that saw, cut to the width', () => {
  const lines = renderDefectsSummary(result, { colour: false, width: 72, folder: 'reports/x' }).split('\n');
  expect(lines).toEqual([
    '✓ the good server (smoke): clean',
    '    5 checks are valid',
    '✓ skip-locked → accounting (smoke), also by skip',
    `    lost: ${'m'.repeat(61)}…`,
    '✗ leak        not caught by leaks (pop-ack)',
    '    it is valid: nothing grew',
    '',
    'failed: 1 of 2 defects were caught.',
    '• leak is not caught by leaks: it is valid: nothing grew',
    'report  reports/x/report.md',
    'next the logs of each server are in reports/x; once the check or the variant is mended, the same again:',
    '     npm run scenario -- defects --only leak',
  ]);
});

test('asks for nothing after a run that passed, and for the whole run after an interrupted one', () => {
  const options = { colour: false, width: 72, folder: 'reports/x' };
  expect(renderDefectsSummary({ ...result, verdict: 'passed' }, options)).not.toContain('next');
  const command = 'npm run scenario -- defects --seed 7';
  const interrupted = renderDefectsSummary({ ...result, verdict: 'interrupted', command }, options);
  expect(interrupted.split('\n').at(-1)?.trim()).toBe(command);
});
