import { NO_PARTITION, STRANGER } from '../history/consumer-history.ts';
import { type Consumption, isMissing, type RunEvidence } from '../history/evidence.ts';
import { describeDelivery, messageName } from './delivery-witness.ts';
import { drainGaps } from './findings.ts';
import { type MessageTally, tallyMessages } from './message-tally.ts';
import { describeMessage } from './message-witness.ts';
import type { CheckResult } from './verdict.ts';
import { Violations } from './violations.ts';

/** What the rows and the deliveries show beside the single messages. */
const RUN_VIOLATIONS = ['unexpected', 'altered', 'misrouted', 'idMismatches', 'repeatedMessageIds'] as const;

type RunViolation = (typeof RUN_VIOLATIONS)[number];

/**
 * Every message that was acknowledged is in the database exactly once and was delivered to every group, unaltered, from its
 * own partition, and completed by none of them twice; nothing else is there; and every message that was sent has an outcome.
 *
 * Acknowledged is what any request that carried it, the original or a repeat, was answered with `queued`, `buffered` or
 * `duplicate`; it has failed when all of them failed for certain. That consumers who acknowledge by request are given a
 * message again is no matter of accounting, see `redelivery` and `leases`.
 *
 * A violation that is certain whatever the missing evidence would say makes the check invalid. Without one, evidence
 * that is missing, a drain that was not complete, an answer that was lost with messages nobody saw, a message without an
 * outcome or a run without acknowledged messages make it unknown. `stored` and `delivered` are absent from the counts when
 * there is nothing to count them by; `delivered` counts the messages that every group received. Faults excuse nothing.
 */
export function checkAccounting(evidence: RunEvidence): CheckResult {
  const tally = tallyMessages(evidence);
  const run = runViolations(evidence);
  const accused = [tally.violations.summary, run.summary].filter((summary) => summary !== '').join(', ');
  const gaps = gapsOf(evidence, tally);
  return {
    name: 'accounting',
    verdict: accused !== '' ? 'invalid' : gaps.length > 0 ? 'unknown' : 'valid',
    summary: summarise(tally, accused, gaps),
    counts: countsOf(evidence, tally, run),
    witness: [...tally.violations.witness, ...run.witness],
  };
}

function runViolations(evidence: RunEvidence): Violations<RunViolation> {
  const { rows, consumption } = evidence;
  const violations = new Violations(RUN_VIOLATIONS);
  if (!isMissing(rows)) {
    violations.addCounted('unexpected', labelled(rows.unexpected, 'row'));
    violations.addCounted('idMismatches', rows.idMismatches);
    const repeated = Math.max(0, rows.rows - rows.distinctMessageIds);
    const sql = 'see: select id, count(*) from queen.messages group by id having count(*) > 1';
    violations.addCounted('repeatedMessageIds', { count: repeated, examples: repeated > 0 ? [sql] : [] });
  }
  if (!isMissing(consumption)) {
    violations.addCounted('unexpected', labelled(consumption.unexpected, 'delivery'));
    violations.addCounted('altered', consumption.altered);
    judgePlaces(evidence, consumption, violations);
  }
  return violations;
}

/** Consumers beside the producers do not know how many messages there are, nor which partition each was pushed to. */
function judgePlaces({ ledger }: RunEvidence, { history }: Consumption, violations: Violations<RunViolation>): void {
  let request = 0;
  for (let delivery = 0; delivery < history.deliveries; delivery += 1) {
    const message = history.message(delivery);
    if (message === STRANGER) continue;
    if (message >= ledger.messages) {
      const describe = () => describeDelivery(ledger, history, delivery);
      violations.add('unexpected', () => `${messageName(ledger, message)}, which was never sent: ${describe()}`);
      continue;
    }
    // Messages of a request mostly come together, so the last request is tried before the search.
    if (message < ledger.firstMessage(request) || message >= ledger.firstMessage(request + 1)) {
      request = ledger.requestOf(message);
    }
    const named = history.partition(delivery);
    if (named === ledger.partition(request)) continue;
    violations.add('misrouted', () => {
      const from = named === NO_PARTITION ? 'a partition that does not exist' : `partition ${named}`;
      return describeMessage(ledger, message, [`came from ${from}: ${describeDelivery(ledger, history, delivery)}`]);
    });
  }
}

function labelled(
  { count, examples }: { readonly count: number; readonly examples: readonly string[] },
  label: string,
) {
  return { count, examples: examples.map((example) => `${label} ${example}`) };
}

/** Reasons why nobody can be acquitted. */
function gapsOf({ rows, consumption, ledger }: RunEvidence, tally: MessageTally): readonly string[] {
  const gaps: string[] = [];
  if (tally.acknowledged === 0) gaps.push('no message was acknowledged, so there is nothing to prove');
  if (isMissing(rows)) gaps.push(`the rows are missing: ${rows.missing}`);
  else if (rows.countByMessage.length < ledger.messages) gaps.push('the rows were not counted for every message');
  if (isMissing(consumption)) gaps.push(`the deliveries are missing: ${consumption.missing}`);
  else gaps.push(...drainGaps(consumption));
  if (tally.unseen > 0) gaps.push(`${tally.unseen} messages may have been in answers to consumers that were lost`);
  const { pending } = tally.byOutcome;
  if (pending > 0) gaps.push(`${pending} messages have no outcome, a defect of the harness`);
  if (tally.unaccounted > 0) gaps.push(`${tally.unaccounted} messages have an outcome that does not exist`);
  return gaps;
}

function summarise(tally: MessageTally, accused: string, gaps: readonly string[]): string {
  const acknowledged = tally.acknowledged.toLocaleString('en-GB');
  if (accused !== '') return `of ${acknowledged} acknowledged: ${accused}`;
  if (gaps.length > 0) return `cannot be judged: ${gaps.join('; ')}`;
  return `0 lost of ${acknowledged} acknowledged: loss probability < ${lossBound(tally.acknowledged)} at 95 %`;
}

/** The rule of three: no loss in n trials bounds its probability by -ln 0.05 / n, about 3/n. Two digits, rounded up. */
function lossBound(acknowledged: number): string {
  const bound = -Math.log(0.05) / acknowledged;
  const unit = 10 ** (Math.floor(Math.log10(bound)) - 1);
  return Math.min(1, Math.ceil(bound / unit) * unit).toExponential(1);
}

function countsOf(
  { ledger, rows, consumption }: RunEvidence,
  tally: MessageTally,
  run: Violations<RunViolation>,
): Readonly<Record<string, number>> {
  const { neverStored, storedUnreachable, inDeadLetters, undelivered, ...others } = tally.violations.counts;
  return {
    attempted: ledger.messages,
    acknowledged: tally.acknowledged,
    ...tally.byOutcome,
    ...(isMissing(rows) ? {} : { stored: rows.rows }),
    ...(isMissing(consumption) ? {} : { delivered: tally.delivered }),
    lost: neverStored + storedUnreachable + inDeadLetters + undelivered,
    neverStored,
    storedUnreachable,
    inDeadLetters,
    undelivered,
    duplicated: tally.duplicated,
    recovered: tally.recovered,
    unseen: tally.unseen,
    ...others,
    ...run.counts,
  };
}
