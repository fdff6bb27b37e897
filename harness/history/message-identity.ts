// Message identity. Every message of a run has a number, counted from 0 over all producers; the transaction id is
// `<runId>-<number>` and the payload repeats both, so a row, a reply or a delivery leads back to the ledger without a map
// in memory.

const SEPARATOR = '-';

/** The transaction id of a run's message; `runId` must not contain the separator, see {@link parseTransactionId}. */
export function formatTransactionId(runId: string, number: number): string {
  return runId + SEPARATOR + number;
}

/** The number of one of this run's messages, or undefined for an id this run never made. */
export function parseTransactionId(runId: string, transactionId: string): number | undefined {
  if (!transactionId.startsWith(runId + SEPARATOR)) return undefined;
  const digits = transactionId.slice(runId.length + 1);
  if (!/^(0|[1-9]\d{0,15})$/.test(digits)) return undefined;
  return Number(digits);
}
