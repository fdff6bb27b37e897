import { Client } from 'pg';
import type { ConnectionTarget } from '../postgres/provider.ts';
import { monotonicUs } from './monotonic-clock.ts';

export interface CommitOrder {
  readonly target: ConnectionTarget;
  readonly connections: number;
  /** Of the measured window; a short warm-up comes before it. */
  readonly durationMs: number;
}

const WARM_UP_SHARE = 0.2;
const CONNECT_LIMIT_MS = 5_000;

/**
 * The smallest transaction whose commit is forced to disk: one record in the write-ahead log, and no table. (One that only
 * takes a transaction id writes nothing that must last, and its commit waits for no fsync.)
 */
const COMMIT = { name: 'commit-rate', text: `select pg_logical_emit_message(true, 'queueproof', '')` };

const NEXT_ID_SQL = 'select pg_snapshot_xmax(pg_current_snapshot())::text::float8 as next';

/**
 * Commits per second, each connection sending its next when its last was answered: what fsync allows. Throws what the driver
 * throws, and an Error when fewer transaction ids were used up than transactions were answered.
 */
export async function commitForDuration({ target, connections, durationMs }: CommitOrder): Promise<number> {
  const clients = Array.from({ length: connections }, () => newClient(target));
  try {
    await Promise.all(clients.map((client) => client.connect()));
    const [first] = clients as [Client, ...Client[]];
    const before = await nextTransactionId(first);
    const fromUs = monotonicUs() + durationMs * WARM_UP_SHARE * 1_000;
    const toUs = fromUs + durationMs * 1_000;
    let committed = 0;
    let measured = 0;
    const keepCommitting = async (client: Client) => {
      while (monotonicUs() < toUs) {
        await client.query(COMMIT);
        const atUs = monotonicUs();
        committed += 1;
        if (atUs >= fromUs && atUs < toUs) measured += 1;
      }
    };
    await Promise.all(clients.map(keepCommitting));
    const used = (await nextTransactionId(first)) - before;
    if (used < committed)
      throw new Error(`${committed} commits were answered, but only ${used} transactions were begun`);
    return (measured * 1_000) / durationMs;
  } finally {
    await Promise.allSettled(clients.map((client) => client.end()));
  }
}

function newClient(target: ConnectionTarget): Client {
  const client = new Client({
    ...target,
    application_name: 'queueproof-harness',
    connectionTimeoutMillis: CONNECT_LIMIT_MS,
  });
  // A lost connection is reported by its statements.
  client.on('error', () => undefined);
  return client;
}

async function nextTransactionId(client: Client): Promise<number> {
  const { rows } = await client.query<{ readonly next: number }>(NEXT_ID_SQL);
  return rows[0]?.next ?? Number.NaN;
}
