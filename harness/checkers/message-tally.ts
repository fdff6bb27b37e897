import { type Deliveries, isMissing, type RunEvidence, type StoredRows } from '../history/evidence.ts';
import { ITEM_OUTCOMES, type ItemOutcome, OUTCOME_CODE } from '../history/item-outcome.ts';
import type { Ledger } from '../history/ledger.ts';
import { describeMessage } from './message-witness.ts';
import { Violations } from './violations.ts';

/** The ways in which a single message can break the contract. */
const MESSAGE_VIOLATIONS = [
  /** Acknowledged, but there is no row and no consumer got it. */
  'neverStored',
  /** Acknowledged and stored, but a complete drain did not deliver it. */
  'storedUnreachable',
  /** Acknowledged and not delivered by a complete drain; whether it was stored is not known. */
  'undelivered',
  /** Acknowledged and delivered, but its row is gone. */
  'deliveredWithoutRow',
  /** More than one row for one message. */
  'storedTwice',
  /** Given to consumers more than once, although every delivery was acknowledged at once. */
  'deliveredTwice',
  /** Refused or failed in the answer, but stored or delivered all the same. */
  'resurrected',
  /** Answered `duplicate`, although every id is sent only once. */
  'falseDuplicate',
] as const;

type MessageViolation = (typeof MESSAGE_VIOLATIONS)[number];

/** All messages of a run, each put where it belongs. */
export interface MessageTally {
  readonly byOutcome: Readonly<Record<ItemOutcome, number>>;
  /** Messages whose outcome is none of the known ones; always 0 unless the harness is broken. */
  readonly unaccounted: number;
  readonly acknowledged: number;
  /** Messages that were stored or delivered more than once. */
  readonly duplicated: number;
  /** Nobody could tell what became of them, but they arrived. Counted, not a violation. */
  readonly recovered: number;
  readonly violations: Violations<MessageViolation>;
}

interface Sighting {
  readonly outcome: number;
  /** Undefined when the evidence is missing. */
  readonly rows: number | undefined;
  readonly deliveries: number | undefined;
  /** True when no delivery means that none will come. */
  readonly drained: boolean;
}

/**
 * Goes through the ledger once, in constant time and space a message. With evidence missing or incomplete, only what is
 * certain without it is a violation.
 */
export function tallyMessages(evidence: RunEvidence): MessageTally {
  const { ledger } = evidence;
  const rows: StoredRows | undefined = isMissing(evidence.rows) ? undefined : evidence.rows;
  const deliveries: Deliveries | undefined = isMissing(evidence.deliveries) ? undefined : evidence.deliveries;
  const drained = deliveries?.complete === true;
  const countByCode = new Float64Array(256);
  const violations = new Violations(MESSAGE_VIOLATIONS);
  let recovered = 0;
  let duplicated = 0;
  for (let message = 0; message < ledger.messages; message += 1) {
    const sighting: Sighting = {
      outcome: ledger.outcomeCode(message),
      rows: rows?.countByMessage[message],
      deliveries: deliveries?.countByMessage[message],
      drained,
    };
    countByCode[sighting.outcome] = (countByCode[sighting.outcome] ?? 0) + 1;
    if (isDuplicated(sighting)) duplicated += 1;
    if (isRecovered(sighting)) recovered += 1;
    const found = violationsOf(sighting);
    for (const violation of found) violations.add(violation, () => witness(ledger, message, sighting));
  }
  const byOutcome = Object.fromEntries(
    ITEM_OUTCOMES.map((outcome) => [outcome, countByCode[OUTCOME_CODE[outcome]] ?? 0]),
  ) as Record<ItemOutcome, number>;
  const accounted = Object.values(byOutcome).reduce((sum, count) => sum + count, 0);
  return {
    byOutcome,
    unaccounted: ledger.messages - accounted,
    acknowledged: byOutcome.queued + byOutcome.buffered,
    duplicated,
    recovered,
    violations,
  };
}

const NONE: readonly MessageViolation[] = Object.freeze([]);

function violationsOf(sighting: Sighting): readonly MessageViolation[] {
  const { outcome, rows, deliveries } = sighting;
  // The common case, a million times over: stored once, delivered once, acknowledged.
  if (rows === 1 && deliveries === 1 && isAcknowledged(outcome)) return NONE;
  const found: MessageViolation[] = [];
  if (rows !== undefined && rows > 1) found.push('storedTwice');
  if (deliveries !== undefined && deliveries > 1) found.push('deliveredTwice');
  if (outcome === OUTCOME_CODE.duplicate) found.push('falseDuplicate');
  if (isDefiniteFailure(outcome) && wasSeen(sighting)) found.push('resurrected');
  const absence = isAcknowledged(outcome) ? absenceOf(sighting) : undefined;
  if (absence !== undefined) found.push(absence);
  return found;
}

function absenceOf({ rows, deliveries, drained }: Sighting): MessageViolation | undefined {
  const delivered = deliveries !== undefined && deliveries > 0;
  if (rows === 0) return delivered ? 'deliveredWithoutRow' : 'neverStored';
  if (delivered || !drained) return undefined;
  return rows === undefined ? 'undelivered' : 'storedUnreachable';
}

function isAcknowledged(outcome: number): boolean {
  return outcome === OUTCOME_CODE.queued || outcome === OUTCOME_CODE.buffered;
}

function isDefiniteFailure(outcome: number): boolean {
  return outcome === OUTCOME_CODE.failed || outcome === OUTCOME_CODE.rejected;
}

function isRecovered(sighting: Sighting): boolean {
  const { outcome } = sighting;
  return (outcome === OUTCOME_CODE.indeterminate || outcome === OUTCOME_CODE.malformed) && wasSeen(sighting);
}

function isDuplicated({ rows = 0, deliveries = 0 }: Sighting): boolean {
  return rows > 1 || deliveries > 1;
}

function wasSeen({ rows = 0, deliveries = 0 }: Sighting): boolean {
  return rows > 0 || deliveries > 0;
}

function witness(ledger: Ledger, message: number, { rows, deliveries }: Sighting): string {
  const seen = (count: number | undefined, what: string) =>
    count === undefined ? `${what} unknown` : `${count === 255 ? '255 or more' : count} ${what}`;
  return describeMessage(ledger, message, [seen(rows, 'rows'), seen(deliveries, 'deliveries')]);
}
