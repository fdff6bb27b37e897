import { type Client, escapeIdentifier, escapeLiteral } from 'pg';
import { Column } from '../history/column.ts';
import { STRANGER } from '../history/consumer-history.ts';
import type { DeadLetters } from '../history/dead-letters.ts';
import type { Ledger } from '../history/ledger.ts';
import { parseTransactionId } from '../history/message-identity.ts';
import { withAdminSession } from '../postgres/admin-session.ts';
import type { ConnectionTarget } from '../postgres/provider.ts';
import { copyLines } from './copy-lines.ts';
import type { RowSource } from './stored-rows.ts';

/** The name under which the contract's servers keep what is consumed without a group. */
const QUEUE_MODE = '__QUEUE_MODE__';

const MOST_COUNTED = 255;
/** A byte holds no more. */
const MOST_GROUPS = 256;

/**
 * Reads the server's dead letters from the table of the reference server, or that of the server whose contract it keeps.
 * Throws what the driver throws, and an Error when there is neither table.
 */
export async function readDeadLetters(target: ConnectionTarget, ledger: Ledger, rows: RowSource): Promise<DeadLetters> {
  return await withAdminSession(target, async (client) => {
    const source = await sourceOf(client, rows);
    const collector = new DeadLetterCollector(ledger);
    for await (const lines of copyLines(client, `copy (${source}) to stdout`)) {
      for (const line of lines) collector.add(line);
    }
    return collector.result();
  });
}

class DeadLetterCollector {
  readonly #ledger: Ledger;
  readonly #countByMessage: Uint8Array;
  readonly #groups = new Map<string, number>();
  readonly #message = new Column(new Uint32Array());
  readonly #group = new Column(new Uint8Array());

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
    this.#countByMessage = new Uint8Array(ledger.messages);
  }

  /** One line of COPY's text format. A transaction id of ours needs no unescaping, nor does the name of a group of ours. */
  add(line: string): void {
    const [transactionId = '', name = ''] = line.split('\t');
    this.#group.push(this.#groupNumber(name === QUEUE_MODE ? '' : name));
    const number = parseTransactionId(this.#ledger.runId, transactionId);
    if (number === undefined || number >= this.#ledger.messages) {
      this.#message.push(STRANGER);
      return;
    }
    this.#message.push(number);
    const count = this.#countByMessage[number] ?? 0;
    if (count < MOST_COUNTED) this.#countByMessage[number] = count + 1;
  }

  result(): DeadLetters {
    return {
      total: this.#message.length,
      countByMessage: this.#countByMessage,
      groups: [...this.#groups.keys()],
      message: this.#message.toArray(),
      group: this.#group.toArray(),
    };
  }

  #groupNumber(name: string): number {
    const known = this.#groups.get(name);
    if (known !== undefined) return known;
    if (this.#groups.size === MOST_GROUPS) throw new Error(`the dead letters are of more than ${MOST_GROUPS} groups`);
    this.#groups.set(name, this.#groups.size);
    return this.#groups.size - 1;
  }
}

async function sourceOf(client: Client, { schema, queue }: RowSource): Promise<string> {
  const { rows } = await client.query<{ readonly name: string }>(
    'select table_name as name from information_schema.tables where table_schema = $1',
    [schema],
  );
  const tables = new Set(rows.map(({ name }) => name));
  const table = (name: string) => `${escapeIdentifier(schema)}.${name}`;
  const ofQueue =
    queue === undefined
      ? ''
      : `join ${table('partitions')} p on p.id = d.partition_id
         join ${table('queues')} q on q.id = p.queue_id and q.name = ${escapeLiteral(queue)}`;
  if (tables.has('dead_letters')) {
    return `select d.transaction_id, d.consumer_group from ${table('dead_letters')} d ${ofQueue}`;
  }
  if (tables.has('dead_letter_queue')) {
    return `select m.transaction_id, d.consumer_group
      from ${table('dead_letter_queue')} d join ${table('messages')} m on m.id = d.message_id ${ofQueue}`;
  }
  throw new Error(`schema ${schema} has no table of dead letters`);
}
