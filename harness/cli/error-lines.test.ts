import { expect, test } from 'vitest';
import { errorsResult, explainedResult } from '../test/sample-errors.ts';
import { hostileResult } from '../test/sample-result.ts';
import { unexplainedErrors } from './error-lines.ts';
import { renderSummary } from './terminal.ts';

test('an arm with errors that nothing explains has a line: class, count, when and an example', () => {
  expect(unexplainedErrors(errorsResult())).toEqual([
    'push-legacy: 3 × producer: http 503, unexplained, first at round 2, 5.3 s: no connection became free within 5000 ms',
  ]);
  expect(unexplainedErrors(explainedResult())).toEqual([]);
});

test('the summary shows it, and nothing in it acts on the terminal', () => {
  const options = { colour: false, width: 100, folder: 'reports/x' };
  expect(renderSummary(errorsResult(), options).replace(/\s+/g, ' ')).toContain(
    '✗ push-legacy: 3 × producer: http 503, unexplained, first at round 2, 5.3 s',
  );
  expect(renderSummary(hostileResult(errorsResult()), options)).not.toContain('\u001b');
});
