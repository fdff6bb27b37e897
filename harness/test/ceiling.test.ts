import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { Ledger } from '../history/ledger.ts';
import { measureCeiling } from '../measure/ceiling.ts';
import { withAdminSession } from '../postgres/admin-session.ts';
import type { RunDatabase } from '../postgres/provider.ts';
import { createRunDatabase } from '../postgres/run-database.ts';
import { readStoredRows } from '../target/stored-rows.ts';

// A name that must be quoted.
const SCHEMA = 'the "queen"';
const TABLE = '"the ""queen""".messages';

let database: RunDatabase;

beforeAll(async () => {
  database = await createRunDatabase(inject('postgres'), 'ceiling_and_rows');
});
afterAll(() => database[Symbol.asyncDispose]());

beforeEach(async () => {
  await sql(`drop schema if exists "the ""queen""" cascade; create schema "the ""queen""";
    create table ${TABLE} (
      partition_id bigint not null, seq bigint not null, id uuid not null, transaction_id text collate "C" not null,
      trace_id uuid, created_at timestamptz not null, is_encrypted boolean not null default false,
      payload json not null, primary key (partition_id, seq)
    );
    create unique index messages_transaction_key on ${TABLE} (partition_id, transaction_id);`);
});

function sql(text: string, values?: unknown[]) {
  return withAdminSession(database.target, (client) => client.query(text, values));
}

function ceiling(partitions: number) {
  const order = { target: database.target, schema: SCHEMA, batch: 100, payloadBytes: 100, partitions, inFlight: 3 };
  return measureCeiling({ ...order, durationMs: 800, seed: 42 }, AbortSignal.timeout(30_000));
}

test('the ceiling fills the real table with rows like a load’s, and can be measured again in the same table', async () => {
  const first = await ceiling(10);
  const second = await ceiling(10);
  expect(first.throughputMsgPerS).toBeGreaterThan(1_000);
  // The window has the larger part of the rows; the rest is warm-up.
  expect(first.throughputMsgPerS * 0.8).toBeGreaterThan(first.messages * 0.5);
  expect(first.throughputMsgPerS * 0.8).toBeLessThan(first.messages);
  const { rows } = await sql(`
    select count(*)::int as rows, count(distinct id)::int as ids, count(distinct transaction_id)::int as transactions,
      count(distinct partition_id)::int as partitions, min(octet_length(payload::text)) as shortest,
      max(octet_length(payload::text)) as longest, min(transaction_id) as transaction_id
    from ${TABLE}`);
  const sum = first.messages + second.messages;
  expect(rows).toEqual([
    {
      rows: sum,
      ids: sum,
      transactions: sum,
      partitions: 10,
      shortest: 100,
      longest: 100,
      transaction_id: 'ceiling42-0',
    },
  ]);
});

test('a ceiling whose rows do not stay is no ceiling', async () => {
  await sql(`create function "the ""queen""".forget() returns trigger language plpgsql as
    $$ begin delete from ${TABLE} where seq = 1; return null; end $$;
    create trigger forget after insert on ${TABLE} for each statement
    execute function "the ""queen""".forget();`);
  await expect(ceiling(1)).rejects.toThrow(/committed \d+ rows, but .* gained \d+/);
});

test('a ceiling without its table says what PostgreSQL said', async () => {
  await sql(`drop table ${TABLE}`);
  await expect(ceiling(1)).rejects.toThrow('does not exist');
});

/** Ten messages that were answered `queued` with the ids 0…9 in the last digit. */
function queuedLedger(): Ledger {
  const ledger = new Ledger('r1');
  const request = ledger.open({ producer: 0, partition: 0, messages: 10, invokedUs: 1 });
  ledger.setOutcomes(request, 'queued');
  for (let message = 0; message < 10; message += 1) ledger.setMessageId(message, idOf(message));
  return ledger;
}

function idOf(message: number): string {
  return `01a20679-6f42-7001-a385-8649ba840ae${message}`;
}

async function insert(partition: number, seq: number, id: string, transactionId: string): Promise<void> {
  await sql(
    `insert into ${TABLE} (partition_id, seq, id, transaction_id, created_at, payload) values ($1, $2, $3, $4, now(), '1')`,
    [partition, seq, id, transactionId],
  );
}

test('rows are counted by message, and what should not be there is named', async () => {
  const ledger = queuedLedger();
  ledger.setOutcome(5, 'indeterminate');
  for (const message of [0, 1, 2, 5]) await insert(1, message, idOf(message === 5 ? 9 : message), `r1-${message}`);
  await insert(2, 1, idOf(1), 'r1-1');
  await insert(2, 2, idOf(8), 'r1-2');
  await insert(2, 3, idOf(7), 'r1-10');
  await insert(2, 4, idOf(6), 'a\ttab\\and\nmore');
  const rows = await readStoredRows(database.target, ledger, { schema: SCHEMA });
  expect([...rows.countByMessage]).toEqual([1, 2, 2, 0, 0, 1, 0, 0, 0, 0]);
  expect([rows.rows, rows.distinctMessageIds]).toEqual([8, 7]);
  expect(rows.unexpected.count).toBe(2);
  expect(rows.unexpected.examples[0]).toBe(`transaction id "r1-10", message id ${idOf(7)}`);
  expect(rows.idMismatches).toEqual({
    count: 1,
    examples: [`r1-2 was answered with message_id ${idOf(2).replaceAll('-', '')}, its row has ${idOf(8)}`],
  });
});

test('many rows, cut anywhere by the stream, are all counted', async () => {
  await sql(`insert into ${TABLE} (partition_id, seq, id, transaction_id, created_at, payload)
    select 1, number, gen_random_uuid(), 'r1-' || number, now(), '1' from generate_series(0, 99999) as number`);
  const ledger = new Ledger('r1');
  ledger.open({ producer: 0, partition: 0, messages: 100_000, invokedUs: 1 });
  const rows = await readStoredRows(database.target, ledger, { schema: SCHEMA });
  expect([rows.rows, rows.distinctMessageIds, rows.unexpected.count]).toEqual([100_000, 100_000, 0]);
  expect(rows.countByMessage.every((count) => count === 1)).toBe(true);
});

test('an empty table has no rows', async () => {
  const rows = await readStoredRows(database.target, queuedLedger(), { schema: SCHEMA });
  expect([rows.rows, rows.distinctMessageIds]).toEqual([0, 0]);
});

test('rows that cannot be read are an error, not zero rows', async () => {
  await expect(readStoredRows(database.target, queuedLedger(), { schema: 'nowhere' })).rejects.toThrow(
    'does not exist',
  );
});
