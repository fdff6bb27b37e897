import type { RunEvidence } from '../history/evidence.ts';
import { ITEM_OUTCOMES, OUTCOME_CODE } from '../history/item-outcome.ts';
import { isNoMessageId, MessageIdSet } from './message-id-set.ts';
import { describeMessage } from './message-witness.ts';
import type { CheckResult } from './verdict.ts';
import { Violations } from './violations.ts';

const STATUS_VIOLATIONS = [
  /** A word outside the contract, an id that was not sent, or an item that was not answered. */
  'malformed',
  /** A well-formed item may not fail while nothing disturbs the server. */
  'failed',
  'rejected',
  /** Time-out, cut socket, HTTP 5xx: nobody knows what became of the message. */
  'indeterminate',
  /** Answered `queued`, but without a `message_id`. */
  'withoutMessageId',
  /** Answered `queued` with a `message_id` that an earlier answer had. */
  'repeatedMessageId',
  /** An item that no server can keep, answered as if it had been stored. */
  'badItemAccepted',
  'badItemMalformed',
] as const;

const ACCUSED_OUTCOMES = ['malformed', 'failed', 'rejected', 'indeterminate'] as const;

/**
 * Every item of every reply carries an allowed word and the id that was sent, in order, and every `queued` one a message
 * id of its own. For runs without faults: no item may fail, be rejected or stay without a clear answer.
 */
export function checkStatuses({ ledger, badItems }: RunEvidence): CheckResult {
  const violations = new Violations(STATUS_VIOLATIONS);
  violations.addCounted('badItemAccepted', badItems.accepted);
  violations.addCounted('badItemMalformed', badItems.malformed);
  const accusedByCode = new Map(ACCUSED_OUTCOMES.map((outcome) => [OUTCOME_CODE[outcome], outcome]));
  const countByCode = new Float64Array(256);
  const messageIds = new MessageIdSet(ledger.messages);
  for (let message = 0; message < ledger.messages; message += 1) {
    const code = ledger.outcomeCode(message);
    countByCode[code] = (countByCode[code] ?? 0) + 1;
    if (code === OUTCOME_CODE.queued) {
      const hex = ledger.messageIdHex(message);
      const describe = () => describeMessage(ledger, message, [`message_id ${hex}`]);
      if (isNoMessageId(hex)) violations.add('withoutMessageId', describe);
      else if (!messageIds.add(hex)) violations.add('repeatedMessageId', describe);
    } else {
      const accused = accusedByCode.get(code);
      if (accused !== undefined) violations.add(accused, () => describeMessage(ledger, message, []));
    }
  }
  const counts = {
    attempted: ledger.messages,
    ...Object.fromEntries(ITEM_OUTCOMES.map((outcome) => [outcome, countByCode[OUTCOME_CODE[outcome]] ?? 0])),
    ...violations.counts,
  };
  const result = { name: 'statuses', counts, witness: violations.witness };
  if (violations.summary !== '') return { ...result, verdict: 'invalid', summary: violations.summary };
  const pending = countByCode[OUTCOME_CODE.pending] ?? 0;
  if (ledger.messages === 0) return { ...result, verdict: 'unknown', summary: 'no message was sent' };
  if (pending > 0) {
    return { ...result, verdict: 'unknown', summary: `${pending} messages have no outcome, a defect of the harness` };
  }
  const total = ledger.messages.toLocaleString('en-GB');
  return {
    ...result,
    verdict: 'valid',
    summary: `all ${total} items were answered in contract, message ids are unique`,
  };
}
