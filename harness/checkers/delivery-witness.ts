import { type ConsumerHistory, STRANGER } from '../history/consumer-history.ts';
import type { Ledger } from '../history/ledger.ts';
import { formatTransactionId } from '../history/message-identity.ts';
import { SETTLE_OUTCOMES, SETTLEMENTS } from '../history/settlement.ts';
import { cursorQuery, runTime } from './message-witness.ts';

/** A group as a reader knows it. */
export function groupName(name: string): string {
  return name === '' ? 'the queue mode' : `group ${name}`;
}

/** A pop with its times and how it was settled. */
export function describePop(ledger: Ledger, history: ConsumerHistory, pop: number): string {
  const at = (us: number) => (us === 0 ? 'never' : `at ${runTime(ledger, us)}`);
  const settlement = SETTLEMENTS[history.settlementCode(pop)] ?? 'settled unknown';
  const asked = `pop ${pop} of consumer ${history.consumer(pop)}, asked ${at(history.invokedUs(pop))}`;
  const answered = `answered ${at(history.completedUs(pop))}`;
  if (settlement === 'none' || settlement === 'autoAck') return `${asked}, ${answered}, ${settlement}`;
  const settled = `${settlement} ${at(history.settleInvokedUs(pop))}`;
  return `${asked}, ${answered}, ${settled}, answered ${at(history.settleCompletedUs(pop))}`;
}

/** A delivery with its pop and what the server said of it. */
export function describeDelivery(ledger: Ledger, history: ConsumerHistory, delivery: number): string {
  const outcome = SETTLE_OUTCOMES[history.outcomeCode(delivery)] ?? 'unknown';
  return `${describePop(ledger, history, history.popOf(delivery))} (${outcome})`;
}

/** The name of a delivered message. */
export function messageName(ledger: Ledger, message: number): string {
  if (message === STRANGER) return 'a message of nobody';
  return `message ${message} (transaction id ${formatTransactionId(ledger.runId, message)})`;
}

/** A message and the deliveries that belong together, with the SQL that shows its group's cursor. */
export function describeDeliveries(
  ledger: Ledger,
  history: ConsumerHistory,
  message: number,
  deliveries: readonly number[],
): string {
  const [first = 0] = deliveries;
  const group = groupName(history.groups[history.group(history.popOf(first))] ?? '');
  const told = deliveries.map((delivery) => describeDelivery(ledger, history, delivery));
  const sql = cursorQuery(formatTransactionId(ledger.runId, message));
  return `${messageName(ledger, message)} in ${group}: ${told.join('; then ')}; see: ${sql}`;
}
