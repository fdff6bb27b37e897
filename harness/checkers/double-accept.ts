import { isMissing, type RunEvidence } from '../history/evidence.ts';
import { ITEM_OUTCOMES } from '../history/item-outcome.ts';
import { isAcknowledged, pushIndexOf, wasAnswered } from '../history/push-index.ts';
import { conclude, figure } from './findings.ts';
import { describeMessage, runTime } from './message-witness.ts';
import type { CheckResult } from './verdict.ts';
import { Violations } from './violations.ts';

const ACCEPT_VIOLATIONS = [
  /** Two requests with one transaction id were both answered `queued`: each says that it stored the message. */
  'queuedTwice',
  /** Accepted by a request and by the buffer, or twice by the buffer, and there is more than one row. */
  'bufferedTwice',
] as const;

/**
 * Of all requests with one transaction id, at once or one after the other, by both routes and after the replay of the buffer,
 * at most one is told that it stored the message.
 *
 * The rule for the buffer: `buffered` promises that the message will be there, not that this request will have stored it, for
 * the buffer cannot ask the database whether it has it. So `buffered` beside `queued` or another `buffered` is right as long
 * as the replay leaves one row, and wrong with two; without the rows nobody knows. `duplicate` is right beside anything; whether
 * it tells the truth is for accounting to say.
 */
export function checkDoubleAccept(evidence: RunEvidence): CheckResult {
  const { ledger, repeats } = evidence;
  const pushes = pushIndexOf(evidence);
  const rows = isMissing(evidence.rows) ? undefined : evidence.rows;
  const violations = new Violations(ACCEPT_VIOLATIONS);
  let repeated = 0;
  let acceptedWithBuffer = 0;
  const attemptsOf = attemptFinder(evidence);
  for (let message = 0; message < ledger.messages; message += 1) {
    if ((pushes.attempts[message] ?? 0) < 2) continue;
    repeated += 1;
    const answers = pushes.answers[message] ?? 0;
    const queued = pushes.queued[message] ?? 0;
    const isBuffered = wasAnswered(answers, 'buffered');
    const describe = () => describeMessage(ledger, message, attemptsOf(message));
    if (queued > 1) violations.add('queuedTwice', describe);
    else if (isBuffered) {
      if ((rows?.countByMessage[message] ?? 0) > 1) violations.add('bufferedTwice', describe);
      else if (rows === undefined && isAcknowledged(answers)) acceptedWithBuffer += 1;
    }
  }
  const gaps: string[] = [];
  if (repeats.ledger.requests === 0) gaps.push('no request was sent twice');
  if (acceptedWithBuffer > 0) {
    gaps.push(`${figure(acceptedWithBuffer)} repeated messages were buffered, and the rows are not known`);
  }
  return conclude('double-accept', {
    violations,
    gaps,
    counts: { repeatedRequests: repeats.ledger.requests, repeatedMessages: repeated },
    acquittal: `of ${figure(repeated)} messages that were sent more than once none was accepted twice`,
  });
}

/** Tells of the repeats of a message; looks through all of them, so it is only asked for witnesses. */
function attemptFinder({ ledger, repeats }: RunEvidence): (message: number) => readonly string[] {
  return (message) => {
    const original = ledger.requestOf(message);
    const nth = message - ledger.firstMessage(original);
    const told: string[] = [];
    for (let repeat = 0; repeat < repeats.ledger.requests; repeat += 1) {
      if (repeats.original(repeat) !== original) continue;
      const again = repeats.ledger;
      const answer = ITEM_OUTCOMES[again.outcomeCode(again.firstMessage(repeat) + nth)] ?? 'unknown';
      const route = repeats.isLegacy(repeat) ? '/api/v1/push-legacy' : '/api/v1/push';
      const sent = `sent again through ${route} at ${runTime(ledger, again.invokedUs(repeat))}`;
      told.push(`${sent}, answered ${answer} at ${runTime(ledger, again.completedUs(repeat))}`);
    }
    return told;
  };
}
