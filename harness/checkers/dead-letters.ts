import { STRANGER } from '../history/consumer-history.ts';
import type { DeadLetters } from '../history/dead-letters.ts';
import { type Consumption, isMissing, type RunEvidence } from '../history/evidence.ts';
import { SETTLE_OUTCOME_CODE } from '../history/settlement.ts';
import { Judgement } from './judgement.ts';
import { describeMessage } from './message-witness.ts';
import type { CheckResult } from './verdict.ts';
import { Violations } from './violations.ts';

const DEAD_LETTER_VIOLATIONS = [
  /** Given up before it had been delivered as often as was promised. */
  'givenUpEarly',
  /** Given up although a consumer had acknowledged it. */
  'givenUpAfterAck',
  /** Twice among the dead letters of one group. */
  'repeated',
  /** Delivered more often than was promised, and not given up. */
  'deliveredBeyondLimit',
  /** No message of this run. */
  'unexpected',
] as const;

/**
 * A message is a dead letter of a group when, and only when, its first delivery and all its retries have failed. A pop
 * that was never answered may have delivered any message, so each can stand for one delivery that nobody saw.
 */
export function checkDeadLetters(evidence: RunEvidence): CheckResult {
  const { deadLetters, consumption } = evidence;
  const judgement = new Judgement('dead-letters');
  for (const missing of [deadLetters, consumption]) if (isMissing(missing)) judgement.lack(missing.missing);
  if (isMissing(deadLetters) || isMissing(consumption)) return judgement.result({}, '');
  const violations = new Violations(DEAD_LETTER_VIOLATIONS);
  judgeStrangers(deadLetters, violations);
  for (const [group, name] of consumption.history.groups.entries()) {
    judgeGroup(
      evidence,
      countDeliveries(evidence, consumption, group),
      deadOf(evidence, deadLetters, name),
      violations,
    );
  }
  const counts = { deadLetters: deadLetters.total, ...violations.counts };
  if (violations.summary !== '') judgement.accuse(violations.summary, violations.witness);
  return judgement.result(counts, `${deadLetters.total} dead letters, each after all its deliveries had failed`);
}

/** What one group saw of each message; counts saturate at 65,535. */
interface GroupDeliveries {
  readonly delivered: Uint16Array;
  readonly acked: Uint8Array;
  /** Pops that were sent and never answered. */
  readonly lostPops: number;
}

function countDeliveries({ ledger }: RunEvidence, { history }: Consumption, group: number): GroupDeliveries {
  const delivered = new Uint16Array(ledger.messages);
  const acked = new Uint8Array(ledger.messages);
  for (let delivery = 0; delivery < history.deliveries; delivery += 1) {
    const message = history.message(delivery);
    if (history.group(history.popOf(delivery)) !== group || message >= ledger.messages) continue;
    delivered[message] = Math.min((delivered[message] ?? 0) + 1, 0xffff);
    if (history.outcomeCode(delivery) === SETTLE_OUTCOME_CODE.completed) acked[message] = 1;
  }
  let lostPops = 0;
  for (let pop = 0; pop < history.pops; pop += 1) {
    if (history.group(pop) === group && history.httpStatus(pop) === 0) lostPops += 1;
  }
  return { delivered, acked, lostPops };
}

/** How often each message is a dead letter of a group. */
function deadOf({ ledger }: RunEvidence, { groups, group, message }: DeadLetters, name: string): Uint8Array {
  const dead = new Uint8Array(ledger.messages);
  const wanted = groups.indexOf(name);
  for (const [entry, number] of message.entries()) {
    if (group[entry] === wanted && number < dead.length) dead[number] = Math.min((dead[number] ?? 0) + 1, 255);
  }
  return dead;
}

function judgeGroup(
  { ledger, promises }: RunEvidence,
  { delivered, acked, lostPops }: GroupDeliveries,
  dead: Uint8Array,
  violations: Violations<(typeof DEAD_LETTER_VIOLATIONS)[number]>,
): void {
  const promised = promises.retryLimit + 1;
  for (let message = 0; message < ledger.messages; message += 1) {
    const times = delivered[message] ?? 0;
    const deaths = dead[message] ?? 0;
    if (deaths === 0 && times <= promised) continue;
    const describe = () => describeMessage(ledger, message, [`delivered ${times} times, ${promised} are promised`]);
    if (times > promised) violations.add('deliveredBeyondLimit', describe);
    if (deaths > 1) violations.add('repeated', describe);
    if (deaths > 0 && times + lostPops < promised) violations.add('givenUpEarly', describe);
    if (deaths > 0 && acked[message] === 1) violations.add('givenUpAfterAck', describe);
  }
}

function judgeStrangers(
  { message }: DeadLetters,
  violations: Violations<(typeof DEAD_LETTER_VIOLATIONS)[number]>,
): void {
  for (const number of message) {
    if (number === STRANGER)
      violations.add('unexpected', () => 'a dead letter whose transaction id this run never made');
  }
}
