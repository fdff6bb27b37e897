import { escapeIdentifier, escapeLiteral } from 'pg';
import type { StoredRows } from '../history/evidence.ts';
import { ExampleCollector } from '../history/example-collector.ts';
import { OUTCOME_CODE } from '../history/item-outcome.ts';
import type { Ledger } from '../history/ledger.ts';
import { formatTransactionId, parseTransactionId } from '../history/message-identity.ts';
import { UUID_BYTES, writeUuid } from '../history/uuid-bytes.ts';
import { withAdminSession } from '../postgres/admin-session.ts';
import type { ConnectionTarget } from '../postgres/provider.ts';
import { copyLines } from './copy-lines.ts';

const MOST_COUNTED = 255;

/** Which rows are a run's. */
export interface RowSource {
  /** Schema of the tables `messages`, `partitions` and `queues`. */
  readonly schema: string;
  /** The only queue whose messages are read; without it all are: in a database made for the run every row has to be its. */
  readonly queue?: string;
}

/** The table of messages with the condition that picks the run's, to follow `from`. */
export function messagesOf({ schema, queue }: RowSource): string {
  const table = (name: string) => `${escapeIdentifier(schema)}.${name}`;
  if (queue === undefined) return table('messages');
  return `${table('messages')}
    where partition_id in (select p.id from ${table('partitions')} p join ${table('queues')} q on q.id = p.queue_id
                            where q.name = ${escapeLiteral(queue)})`;
}

/**
 * Reads every row of `<schema>.messages` that is the run's and counts them by message; both readings see the same
 * snapshot. Throws what the driver throws, as when there is no such table.
 */
export async function readStoredRows(target: ConnectionTarget, ledger: Ledger, source: RowSource): Promise<StoredRows> {
  const messages = messagesOf(source);
  return await withAdminSession(target, async (client) => {
    await client.query('begin transaction isolation level repeatable read read only');
    const counter = new RowCounter(ledger);
    for await (const lines of copyLines(client, `copy (select transaction_id, id from ${messages}) to stdout`)) {
      for (const line of lines) counter.add(line);
    }
    const { rows } = await client.query<{ readonly ids: string }>(`select count(distinct id) as ids from ${messages}`);
    await client.query('commit');
    return counter.result(Number(rows[0]?.ids));
  });
}

/** Counts rows as they stream by; holds a byte a message. */
class RowCounter {
  readonly #ledger: Ledger;
  readonly #countByMessage: Uint8Array;
  readonly #unexpected = new ExampleCollector();
  readonly #idMismatches = new ExampleCollector();
  readonly #id = new Uint8Array(UUID_BYTES);
  #rows = 0;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
    this.#countByMessage = new Uint8Array(ledger.messages);
  }

  /** One line of COPY's text format: `transaction_id`, a tab, `id`. Our own ids need no unescaping. */
  add(line: string): void {
    const tab = line.lastIndexOf('\t');
    const transactionId = line.slice(0, tab);
    const id = line.slice(tab + 1);
    this.#rows += 1;
    const message = parseTransactionId(this.#ledger.runId, transactionId);
    if (message === undefined || message >= this.#ledger.messages) {
      this.#unexpected.add(() => `transaction id ${JSON.stringify(transactionId)}, message id ${id}`);
      return;
    }
    const count = this.#countByMessage[message] ?? 0;
    if (count < MOST_COUNTED) this.#countByMessage[message] = count + 1;
    if (this.#ledger.outcomeCode(message) === OUTCOME_CODE.queued) this.#compareId(message, id);
  }

  result(distinctMessageIds: number): StoredRows {
    return {
      rows: this.#rows,
      countByMessage: this.#countByMessage,
      unexpected: this.#unexpected.result(),
      idMismatches: this.#idMismatches.result(),
      distinctMessageIds,
    };
  }

  #compareId(message: number, id: string): void {
    writeUuid(id, this.#id, 0);
    if (this.#ledger.hasMessageId(message, this.#id)) return;
    this.#idMismatches.add(() => {
      const name = formatTransactionId(this.#ledger.runId, message);
      return `${name} was answered with message_id ${this.#ledger.messageIdHex(message)}, its row has ${id}`;
    });
  }
}
