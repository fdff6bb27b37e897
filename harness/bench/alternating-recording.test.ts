import { expect, test } from 'vitest';
import { ITEM_OUTCOMES } from '../history/item-outcome.ts';
import { ErrorTally } from '../load/error-tally.ts';
import { AlternatingRecording, SLICE_MS } from './alternating-recording.ts';

const MESSAGE_ID = '0199c3b4-0000-7000-8000-000000000001';

test('outcomes are taken down in the turns A B B A, and replies counted in the others', () => {
  let nowMs = 7;
  const recording = new AlternatingRecording('r', 1, () => nowMs * 1_000);
  const { ledger, judge } = recording;
  const errors = new ErrorTally();
  const reply = (atMs: number, httpStatus = 201) => {
    nowMs = atMs;
    const request = ledger.open({ producer: 0, partition: 0, messages: 1, invokedUs: 1 });
    const body = JSON.stringify([{ status: 'queued', transaction_id: `r-${request}`, message_id: MESSAGE_ID }]);
    const judged = { ledger, request, firstNumber: request, bad: undefined };
    return judge(judged, { httpStatus, body }, errors);
  };
  // The first reply starts the clock; it and the one at the beginning of slice 1 belong to a slice's settling.
  const at = [0, 0.5, 1.1, 1.5, 2.5, 3.5, 4.5, 6.5].map((slices) => 7 + slices * SLICE_MS);
  expect(at.map((atMs) => reply(atMs))).toEqual(Array(8).fill(1));
  expect(at.map((_, message) => ITEM_OUTCOMES[ledger.outcomeCode(message)])).toEqual([
    'queued',
    'queued',
    'pending',
    'pending',
    'pending',
    'queued',
    'queued',
    'pending',
  ]);
  expect(recording.slices(0, 6).map(({ recorded, messages }) => [recorded, messages])).toEqual([
    [true, 1],
    [false, 1],
    [false, 1],
    [true, 1],
    [true, 1],
    [false, 0],
  ]);
  expect(recording.slices(1, 2).map(({ judgingUs }) => judgingUs)).toEqual([0, 0]);
  expect([reply(7 + 6.6 * SLICE_MS, 503), reply(7 + 7.5 * SLICE_MS, 503)], 'no reply of success').toEqual([0, 0]);
  expect(errors.total).toBe(1);
});
