import { isMissing, type RunEvidence } from '../history/evidence.ts';
import { ITEM_OUTCOMES, OUTCOME_CODE } from '../history/item-outcome.ts';
import type { Ledger } from '../history/ledger.ts';
import { MessageIdSet } from './message-id-set.ts';
import { describeMessage } from './message-witness.ts';
import { JUDGED_OUTCOMES, type JudgedOutcome, OutcomeExcuses } from './outcome-excuses.ts';
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
  /** Answered `buffered` although PostgreSQL was there and nobody had asked for it. */
  'bufferedWithoutCause',
  /** Answered `queued`, but without a `message_id`. */
  'withoutMessageId',
  /** Answered `queued` with a `message_id` that an earlier answer had. */
  'repeatedMessageId',
  /** An item that no server can keep, answered as if it had been stored. */
  'badItemAccepted',
  'badItemMalformed',
] as const;

/**
 * Every item of every reply carries an allowed word and the id that was sent, in order, and every `queued` one a message
 * id that no other has. What the run's faults must cause while a request is under way is excused, see excuses.ts;
 * `buffered` also while nobody could look at PostgreSQL. What an open loop never came to send is nobody's fault here.
 */
export function checkStatuses(evidence: RunEvidence): CheckResult {
  const { ledger, repeats, badItems } = evidence;
  const violations = new Violations(STATUS_VIOLATIONS);
  violations.addCounted('badItemAccepted', badItems.accepted);
  violations.addCounted('badItemMalformed', badItems.malformed);
  const countByCode = new Float64Array(256);
  let unsent = 0;
  const judge = new OutcomeJudge(evidence, violations);
  const messageIds = new MessageIdSet(ledger.messages);
  for (let request = 0; request < ledger.requests; request += 1) {
    for (let message = ledger.firstMessage(request); message < ledger.firstMessage(request + 1); message += 1) {
      const code = ledger.outcomeCode(message);
      countByCode[code] = (countByCode[code] ?? 0) + 1;
      if (!ledger.wasSent(request)) {
        unsent += 1;
        continue;
      }
      if (code !== OUTCOME_CODE.queued) {
        judge.add(ledger, request, code, () => describeMessage(ledger, message, []));
        continue;
      }
      const word = (number: number) => ledger.messageIdWord(message, number);
      const [first, second, third, fourth] = [word(0), word(1), word(2), word(3)];
      const describe = () => describeMessage(ledger, message, [`message_id ${ledger.messageIdHex(message)}`]);
      if ((first | second | third | fourth) === 0) violations.add('withoutMessageId', describe);
      else if (!messageIds.add(first, second, third, fourth)) violations.add('repeatedMessageId', describe);
    }
  }
  judgeRepeats(evidence, judge);
  const counts = {
    attempted: ledger.messages,
    ...Object.fromEntries(ITEM_OUTCOMES.map((outcome) => [outcome, countByCode[OUTCOME_CODE[outcome]] ?? 0])),
    ...(unsent > 0 ? { unsent } : {}),
    ...(repeats.ledger.messages > 0 ? { repeated: repeats.ledger.messages } : {}),
    ...(evidence.faults.length > 0 ? { excused: judge.excused } : {}),
    ...accusedCounts(violations),
  };
  const result = { name: 'statuses', counts, witness: violations.witness };
  if (violations.summary !== '') return { ...result, verdict: 'invalid', summary: violations.summary };
  const pending = countByCode[OUTCOME_CODE.pending] ?? 0;
  const gap = gapOf(ledger.messages - unsent, pending, judge);
  if (gap !== undefined) return { ...result, verdict: 'unknown', summary: gap };
  const total = (ledger.messages - unsent).toLocaleString('en-GB');
  return {
    ...result,
    verdict: 'valid',
    summary: `all ${total} items were answered in contract, message ids are unique`,
  };
}

function gapOf(messages: number, pending: number, { unexplained }: OutcomeJudge): string | undefined {
  if (messages === 0) return 'no message was sent';
  if (pending > 0) return `${pending} messages have no outcome, a defect of the harness`;
  if (unexplained === 0) return undefined;
  return `cannot be judged: ${unexplained} messages were buffered, and nobody looked whether PostgreSQL was there`;
}

/** Repeats answer for the same message once more: their words count, their ids are for accounting. */
function judgeRepeats({ ledger, repeats }: RunEvidence, judge: OutcomeJudge): void {
  for (let repeat = 0; repeat < repeats.ledger.requests; repeat += 1) {
    const first = repeats.ledger.firstMessage(repeat);
    const end = repeats.ledger.firstMessage(repeat + 1);
    for (let message = first; message < end; message += 1) {
      const code = repeats.ledger.outcomeCode(message);
      judge.add(repeats.ledger, repeat, code, () => {
        const original = ledger.firstMessage(repeats.original(repeat)) + message - first;
        const answer = `repeated at ${Math.round(repeats.ledger.invokedUs(repeat))} µs and answered ${ITEM_OUTCOMES[code]}`;
        return describeMessage(ledger, original, [answer]);
      });
    }
  }
}

/** Violations that are no outcomes: how often there was one of those is told beside, excused or not. */
function accusedCounts(violations: Violations<(typeof STATUS_VIOLATIONS)[number]>): Readonly<Record<string, number>> {
  const ofOutcomes: ReadonlySet<string> = new Set(ITEM_OUTCOMES);
  return Object.fromEntries(Object.entries(violations.counts).filter(([name]) => !ofOutcomes.has(name)));
}

/** Accuses outcomes that nothing excuses. */
class OutcomeJudge {
  readonly #violations: Violations<(typeof STATUS_VIOLATIONS)[number]>;
  readonly #judgedByCode = new Map<number, JudgedOutcome>(
    JUDGED_OUTCOMES.map((outcome) => [OUTCOME_CODE[outcome], outcome]),
  );
  readonly #excuses: OutcomeExcuses;
  readonly #blind: readonly (readonly [fromUs: number, toUs: number])[] | undefined;
  excused = 0;
  /** Buffered without a fault, and without anybody who looked at PostgreSQL. */
  unexplained = 0;

  constructor({ faults, connections, clock }: RunEvidence, violations: Violations<(typeof STATUS_VIOLATIONS)[number]>) {
    this.#violations = violations;
    this.#excuses = new OutcomeExcuses(faults);
    this.#blind = isMissing(connections)
      ? undefined
      : connections.gaps.map(({ fromMs, toMs }) => [
          clock.monotonicUs + fromMs * 1000,
          clock.monotonicUs + (toMs + connections.sampleIntervalMs) * 1000,
        ]);
  }

  add(ledger: Ledger, request: number, code: number, describe: () => string): void {
    const outcome = this.#judgedByCode.get(code);
    if (outcome === undefined) return;
    const fromUs = ledger.invokedUs(request);
    // A request that was never answered was under way until the end.
    const toUs = ledger.completedUs(request) || Number.POSITIVE_INFINITY;
    if (this.#excuses.excusing(outcome, fromUs, toUs) !== undefined) {
      this.excused += 1;
    } else if (outcome === 'buffered' && this.#blind === undefined) {
      this.unexplained += 1;
    } else if (outcome !== 'buffered' || !this.#wasAway(fromUs, toUs)) {
      this.#violations.add(outcome === 'buffered' ? 'bufferedWithoutCause' : outcome, describe);
    }
  }

  #wasAway(fromUs: number, toUs: number): boolean {
    return this.#blind?.some(([blindFromUs, blindToUs]) => fromUs <= blindToUs && toUs >= blindFromUs) === true;
  }
}
