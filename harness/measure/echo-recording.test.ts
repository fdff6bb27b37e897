import { expect, test } from 'vitest';
import { ErrorTally } from '../load/error-tally.ts';
import { pushBodyWriter } from '../load/push-body.ts';
import { recordEchoes } from './echo-recording.ts';
import { tallyRequest } from './request-tally.ts';

const writeBody = pushBodyWriter({ runId: 'echo', queue: 'echo', payloadBytes: 100, partitions: 2 });

/** Two requests of three messages, and how many were acknowledged when this came back for the second. */
function judge(httpStatus: number, body: string) {
  const { ledger, judge: judgeEcho } = recordEchoes('echo');
  const errors = new ErrorTally();
  ledger.open({ producer: 0, partition: 0, messages: 3, invokedUs: 1 });
  const request = ledger.open({ producer: 0, partition: 1, messages: 3, invokedUs: 1 });
  const acknowledged = judgeEcho({ ledger, request, firstNumber: 3 }, { httpStatus, body }, errors);
  return { acknowledged, tallied: tallyRequest(ledger, request).acknowledged, errors: errors.total };
}

test('a body that comes back is an answer', () => {
  expect(judge(200, writeBody(1, 3, 3))).toEqual({ acknowledged: 3, tallied: 3, errors: 0 });
});

test.each([
  ['another body', 200, writeBody(1, 0, 3)],
  ['a body without its end', 200, writeBody(1, 3, 3).slice(0, -1)],
  ['nothing', 200, ''],
  ['the body under an error', 500, writeBody(1, 3, 3)],
])('%s is none', (_, httpStatus, body) => {
  expect(judge(httpStatus, body)).toEqual({ acknowledged: 0, tallied: 0, errors: 1 });
});
