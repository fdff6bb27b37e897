import { randomUUID } from 'node:crypto';
import { Client, escapeIdentifier } from 'pg';
import { formatTransactionId } from '../history/message-identity.ts';
import { payloadFormat } from '../load/payload.ts';
import { CEILING_CONNECTIONS, type CeilingOrder, type CeilingOutcome } from './ceiling.ts';
import { monotonicUs } from './monotonic-clock.ts';

const WARM_UP_SHARE = 0.25;
const WARM_UP_LONGEST_MS = 1_000;

const CONNECT_LIMIT_MS = 5_000;

/** Where to go on in a table that is not empty. */
interface TableState {
  readonly rows: number;
  readonly highestSeq: number;
}

/** Inserts batches until the window is over and returns what was committed in it; see measureCeiling. */
export async function insertForDuration(order: CeilingOrder): Promise<CeilingOutcome> {
  const table = `${escapeIdentifier(order.schema)}.messages`;
  const clients = Array.from({ length: CEILING_CONNECTIONS }, () => newClient(order));
  try {
    await Promise.all(clients.map((client) => client.connect()));
    const [first] = clients as [Client, ...Client[]];
    const before = await readTableState(first, table);
    const nextStatement = statementMaker(order, table, before);
    const warmUpMs = Math.min(WARM_UP_LONGEST_MS, order.durationMs * WARM_UP_SHARE);
    const fromUs = monotonicUs() + warmUpMs * 1_000;
    const toUs = fromUs + order.durationMs * 1_000;
    let committed = 0;
    let measured = 0;
    const keepInserting = async (client: Client) => {
      while (monotonicUs() < toUs) {
        const { rowCount } = await client.query(nextStatement());
        const atUs = monotonicUs();
        committed += rowCount ?? 0;
        if (atUs >= fromUs && atUs < toUs) measured += rowCount ?? 0;
      }
    };
    const inFlight = clients.flatMap((client) => Array.from({ length: order.inFlight }, () => client));
    await Promise.all(inFlight.map(keepInserting));
    const gained = (await readTableState(first, table)).rows - before.rows;
    if (gained !== committed) {
      throw new Error(`the ceiling committed ${committed} rows, but ${table} gained ${gained}`);
    }
    return { throughputMsgPerS: (measured * 1_000) / order.durationMs, messages: committed };
  } finally {
    await Promise.allSettled(clients.map((client) => client.end()));
  }
}

function newClient(order: CeilingOrder): Client {
  const client = new Client({
    ...order.target,
    application_name: 'queueproof-harness',
    connectionTimeoutMillis: CONNECT_LIMIT_MS,
    pipeline: true,
  });
  // A lost connection is reported by its statements.
  client.on('error', () => undefined);
  return client;
}

async function readTableState(client: Client, table: string): Promise<TableState> {
  const { rows } = await client.query<{ readonly rows: string; readonly highest: string }>(
    `select count(*) as rows, coalesce(max(seq), 0) as highest from ${table}`,
  );
  return { rows: Number(rows[0]?.rows), highestSeq: Number(rows[0]?.highest) };
}

/** Makes the next batch: rows like those of a load's messages, for one partition after the other. */
function statementMaker(order: CeilingOrder, table: string, before: TableState) {
  const runId = `ceiling${order.seed}`;
  const payload = payloadFormat(runId, order.payloadBytes);
  const text = `
    insert into ${table} (partition_id, seq, id, transaction_id, created_at, payload)
    select partition_id, seq, id, transaction_id, clock_timestamp(), payload
    from unnest($1::bigint[], $2::bigint[], $3::uuid[], $4::text[], $5::json[])
      as row (partition_id, seq, id, transaction_id, payload)`;
  const lastSeq = Array.from({ length: order.partitions }, () => before.highestSeq);
  let number = before.rows;
  let statements = 0;
  return () => {
    const partition = statements % order.partitions;
    const seq = lastSeq[partition] ?? 0;
    const first = number;
    const indexes = Array.from({ length: order.batch }, (_, index) => index);
    statements += 1;
    lastSeq[partition] = seq + order.batch;
    number += order.batch;
    const values = [
      indexes.map(() => partition + 1),
      indexes.map((index) => seq + 1 + index),
      indexes.map(() => randomUUID()),
      indexes.map((index) => formatTransactionId(runId, first + index)),
      indexes.map((index) => payload.encode(first + index)),
    ];
    return { name: 'ceiling-insert', text, values };
  };
}
