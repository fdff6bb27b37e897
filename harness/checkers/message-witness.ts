import { ITEM_OUTCOMES } from '../history/item-outcome.ts';
import type { Ledger } from '../history/ledger.ts';
import { formatTransactionId } from '../history/message-identity.ts';

/** A time of the monotonic clock as witnesses tell it: milliseconds since the first request of the run was to be sent. */
export function runTime(ledger: Ledger, us: number): string {
  const ms = (us - ledger.intendedUs(0)) / 1_000;
  return `${Number(ms.toFixed(3))} ms`;
}

/** The SQL that shows the rows of a message. */
function rowsQuery(transactionId: string): string {
  return `select * from queen.messages where transaction_id = ${quoted(transactionId)}`;
}

/** The SQL that shows how far all groups have read the partition of a message, and its leases. */
export function cursorQuery(transactionId: string): string {
  const ofMessage = `(select partition_id from queen.messages where transaction_id = ${quoted(transactionId)})`;
  return `select * from queen.partition_consumers where partition_id in ${ofMessage}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** Everything that is known of one message on one line, and the SQL that shows its rows. */
export function describeMessage(ledger: Ledger, message: number, facts: readonly string[]): string {
  const request = ledger.requestOf(message);
  const transactionId = formatTransactionId(ledger.runId, message);
  const completedUs = ledger.completedUs(request);
  const outcome = ITEM_OUTCOMES[ledger.outcomeCode(message)] ?? `unknown outcome ${ledger.outcomeCode(message)}`;
  return [
    `message ${message} (transaction id ${transactionId}, producer ${ledger.producer(request)}`,
    `partition ${ledger.partition(request)})`,
    ledger.wasSent(request) ? `invoked at ${runTime(ledger, ledger.invokedUs(request))}` : 'never sent',
    completedUs === 0 ? 'never completed' : `completed at ${runTime(ledger, completedUs)}`,
    `answered ${outcome} (HTTP ${ledger.httpStatus(request)})`,
    ...facts,
    `see: ${rowsQuery(transactionId)}`,
  ].join(', ');
}
