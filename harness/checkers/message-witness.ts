import { ITEM_OUTCOMES } from '../history/item-outcome.ts';
import type { Ledger } from '../history/ledger.ts';
import { formatTransactionId } from '../history/message-identity.ts';

/**
 * Everything that is known of one message on one line, and the SQL that shows its rows. Times are microseconds on the
 * load's clock.
 */
export function describeMessage(ledger: Ledger, message: number, facts: readonly string[]): string {
  const request = ledger.requestOf(message);
  const transactionId = formatTransactionId(ledger.runId, message);
  const completedUs = ledger.completedUs(request);
  const outcome = ITEM_OUTCOMES[ledger.outcomeCode(message)] ?? `unknown outcome ${ledger.outcomeCode(message)}`;
  return [
    `message ${message} (transaction id ${transactionId}, producer ${ledger.producer(request)}`,
    `partition ${ledger.partition(request)})`,
    `invoked at ${Math.round(ledger.invokedUs(request))} µs`,
    completedUs === 0 ? 'never completed' : `completed at ${Math.round(completedUs)} µs`,
    `answered ${outcome} (HTTP ${ledger.httpStatus(request)})`,
    ...facts,
    `see: select * from queen.messages where transaction_id = '${transactionId.replaceAll("'", "''")}'`,
  ].join(', ');
}
