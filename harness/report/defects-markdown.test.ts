import { expect, test } from 'vitest';
import { errorsResult } from '../test/sample-errors.ts';
import { HOSTILE } from '../test/sample-result.ts';
import { renderDefectsMarkdown } from './defects-markdown.ts';
import type { DefectsResult, TrialResult } from './defects-result.ts';

const TRIAL: TrialResult = {
  ...{ defect: 'one-bad-row-takes-others', workload: 'poisoned-connection', caughtBy: 'statuses', verdict: 'caught' },
  ...{ witness: '1,850 failed', alsoCaughtBy: [], durationMs: 14_000 },
};

function rendered(trials: readonly TrialResult[]): string {
  const { environment, startedAt } = errorsResult();
  return renderDefectsMarkdown({
    ...{ schemaVersion: 1, scenario: 'defects', question: 'Q?', answer: 'A.', verdict: 'passed', exitCode: 0 },
    ...{ reasons: [], startedAt, durationMs: 1, seed: 1, command: 'npm run scenario -- defects', environment },
    trials: [...trials],
  } satisfies DefectsResult);
}

test('errors that nothing explains are told trial by trial', () => {
  const arm = errorsResult().arms.find(({ name }) => name === 'push-legacy');
  const unexplainedErrors = (arm?.errorReport?.classes ?? [])
    .filter(({ expected }) => expected === false)
    .map((error) => ({ ...error, example: HOSTILE }));
  const text = rendered([{ ...TRIAL, unexplainedErrors }]);
  expect(text).toContain('## Errors that nothing explains');
  expect(text).toMatch(
    /\| `one-bad-row-takes-others` \| poisoned-connection \| producer \| http 503 \| 3 \| `` <\/script>/,
  );
  expect(text).not.toContain('\u001b');
});

test('and it is said when there were none', () => {
  expect(rendered([{ ...TRIAL, unexplainedErrors: [] }])).toContain('No trial had an error that nothing explains.');
});
