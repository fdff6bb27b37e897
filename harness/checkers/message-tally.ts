import { isMissing, type RunEvidence } from '../history/evidence.ts';
import { ITEM_OUTCOMES, type ItemOutcome, OUTCOME_CODE } from '../history/item-outcome.ts';
import { isAcknowledged, isDefiniteFailure, isOnlyDuplicate, pushIndexOf } from '../history/push-index.ts';
import { groupName } from './delivery-witness.ts';
import { type GroupTally, tallyGroups } from './group-tally.ts';
import { describeMessage } from './message-witness.ts';
import { Violations } from './violations.ts';

/** The ways in which a single message can break the contract. */
const MESSAGE_VIOLATIONS = [
  /** Acknowledged, but there is no row and no consumer got it. */
  'neverStored',
  /** Acknowledged and stored, but a complete drain did not deliver it to every group. */
  'storedUnreachable',
  /** Acknowledged and put among the dead letters without having been delivered to every group. */
  'inDeadLetters',
  /** Acknowledged and not delivered by a complete drain; whether it was stored is not known. */
  'undelivered',
  /** Acknowledged and delivered, but its row is gone. */
  'deliveredWithoutRow',
  /** More than one row for one message. */
  'storedTwice',
  /** Delivered to a group and completed more than once: by two acks, or by two deliveries with autoAck. */
  'deliveredTwice',
  /** Refused or failed in every answer, but stored or delivered all the same. */
  'resurrected',
  /** Answered `duplicate` although it is nowhere, or although it was sent only once and nothing disturbed the server. */
  'falseDuplicate',
] as const;

type MessageViolation = (typeof MESSAGE_VIOLATIONS)[number];

/** All messages of a run, each put where it belongs. */
export interface MessageTally {
  /** By the answer to the original request. */
  readonly byOutcome: Readonly<Record<ItemOutcome, number>>;
  /** Messages whose outcome is none of the known ones; always 0 unless the harness is broken. */
  readonly unaccounted: number;
  /** Messages of which some request, the original or a repeat, was told that the server has them. */
  readonly acknowledged: number;
  /** Messages that every group received. */
  readonly delivered: number;
  /** Messages that were stored more than once, or completed more than once by a group. */
  readonly duplicated: number;
  /** Nobody could tell what became of them, but they arrived. Counted, not a violation. */
  readonly recovered: number;
  /** Acknowledged, not seen by some group, and perhaps rightly: an answer that held them may have been lost. */
  readonly unseen: number;
  readonly violations: Violations<MessageViolation>;
}

interface Sighting {
  /** Answers of all attempts, see push-index.ts. */
  readonly answers: number;
  readonly isSentOnce: boolean;
  /** Undefined when the evidence is missing. */
  readonly rows: number | undefined;
  /** Undefined when nobody knows. */
  readonly groups: GroupSightings | undefined;
  readonly deadLetters: number;
}

interface GroupSightings {
  /** Groups that received it at least once. */
  readonly some: number;
  readonly isEvery: boolean;
  readonly isCompletedTwice: boolean;
  /** The first drained group that did not get it and should have. */
  readonly missedBy: string | undefined;
  /** A group did not see it, and perhaps rightly. */
  readonly isUnseen: boolean;
}

/**
 * Goes through the messages once, in constant time and space each. With evidence missing or incomplete, only what is
 * certain without it is a violation. With several groups every one must receive every acknowledged message.
 */
export function tallyMessages(evidence: RunEvidence): MessageTally {
  const { ledger, faults } = evidence;
  const pushes = pushIndexOf(evidence);
  const groups = tallyGroups(evidence);
  const rows = isMissing(evidence.rows) ? undefined : evidence.rows.countByMessage;
  const deadLetters = isMissing(evidence.deadLetters) ? undefined : evidence.deadLetters.countByMessage;
  const countByCode = new Float64Array(256);
  const violations = new Violations(MESSAGE_VIOLATIONS);
  const totals = { acknowledged: 0, delivered: 0, duplicated: 0, recovered: 0, unseen: 0 };
  for (let message = 0; message < ledger.messages; message += 1) {
    const outcome = ledger.outcomeCode(message);
    countByCode[outcome] = (countByCode[outcome] ?? 0) + 1;
    const answers = pushes.answers[message] ?? 0;
    const sighting: Sighting = {
      answers,
      isSentOnce: pushes.attempts[message] === 1 && faults.length === 0,
      rows: rows?.[message],
      groups: groups && seeGroups(groups, message),
      deadLetters: deadLetters?.[message] ?? 0,
    };
    if (isAcknowledged(answers)) totals.acknowledged += 1;
    else if (!isDefiniteFailure(answers) && wasSeen(sighting)) totals.recovered += 1;
    if (sighting.groups?.isEvery === true) totals.delivered += 1;
    if (isDuplicated(sighting)) totals.duplicated += 1;
    if (isAcknowledged(answers) && sighting.groups?.isUnseen === true) totals.unseen += 1;
    const found = violationsOf(sighting);
    for (const violation of found) violations.add(violation, () => witness(evidence, message, sighting, groups));
  }
  const byOutcome = Object.fromEntries(
    ITEM_OUTCOMES.map((outcome) => [outcome, countByCode[OUTCOME_CODE[outcome]] ?? 0]),
  ) as Record<ItemOutcome, number>;
  const accounted = Object.values(byOutcome).reduce((sum, count) => sum + count, 0);
  return { byOutcome, unaccounted: ledger.messages - accounted, ...totals, violations };
}

const ONCE: GroupSightings = Object.freeze({
  some: 1,
  isEvery: true,
  isCompletedTwice: false,
  missedBy: undefined,
  isUnseen: false,
});

function seeGroups(groups: readonly GroupTally[], message: number): GroupSightings {
  const [only] = groups;
  // The common case, a million times over: one group, delivered once.
  if (groups.length === 1 && only?.delivered[message] === 1) return ONCE;
  let some = 0;
  let isCompletedTwice = false;
  let missedBy: string | undefined;
  let isUnseen = false;
  for (const { name, delivered, completed, isDrained, mayBeUnseen } of groups) {
    if ((delivered[message] ?? 0) > 0) some += 1;
    else if (mayBeUnseen(message)) isUnseen = true;
    else if (isDrained) missedBy ??= groupName(name);
    if ((completed[message] ?? 0) > 1) isCompletedTwice = true;
  }
  return { some, isEvery: some === groups.length, isCompletedTwice, missedBy, isUnseen };
}

const NONE: readonly MessageViolation[] = Object.freeze([]);

function violationsOf(sighting: Sighting): readonly MessageViolation[] {
  const { answers, rows, groups } = sighting;
  if (rows === 1 && groups === ONCE && isAcknowledged(answers) && !isOnlyDuplicate(answers)) return NONE;
  const found: MessageViolation[] = [];
  if (rows !== undefined && rows > 1) found.push('storedTwice');
  if (groups?.isCompletedTwice === true) found.push('deliveredTwice');
  if (isDefiniteFailure(answers) && wasSeen(sighting)) found.push('resurrected');
  const absence = isAcknowledged(answers) ? absenceOf(sighting) : undefined;
  const isNowhere = absence === 'neverStored' || (absence === 'undelivered' && groups?.some === 0);
  if (isOnlyDuplicate(answers) && (isNowhere || sighting.isSentOnce)) found.push('falseDuplicate');
  else if (absence !== undefined) found.push(absence);
  return found;
}

function absenceOf({ rows, groups, deadLetters }: Sighting): MessageViolation | undefined {
  if (rows === 0) return groups !== undefined && groups.some > 0 ? 'deliveredWithoutRow' : 'neverStored';
  if (groups?.missedBy === undefined) return undefined;
  if (deadLetters > 0) return 'inDeadLetters';
  return rows === undefined ? 'undelivered' : 'storedUnreachable';
}

function isDuplicated({ rows = 0, groups }: Sighting): boolean {
  return rows > 1 || groups?.isCompletedTwice === true;
}

function wasSeen({ rows = 0, groups }: Sighting): boolean {
  return rows > 0 || (groups !== undefined && groups.some > 0);
}

function witness(
  { ledger }: RunEvidence,
  message: number,
  { rows }: Sighting,
  groups: readonly GroupTally[] | undefined,
): string {
  const seen = (count: number | undefined, what: string) =>
    count === undefined ? `${what} unknown` : `${count === 255 ? '255 or more' : count} ${what}`;
  const deliveries =
    groups === undefined
      ? ['deliveries unknown']
      : groups.map(({ name, delivered }) => {
          const where = groups.length > 1 ? `deliveries to ${groupName(name)}` : 'deliveries';
          return seen(delivered[message], where);
        });
  return describeMessage(ledger, message, [seen(rows, 'rows'), ...deliveries]);
}
