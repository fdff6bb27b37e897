import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { Ledger } from '../history/ledger.ts';
import { withAdminSession } from '../postgres/admin-session.ts';
import type { RunDatabase } from '../postgres/provider.ts';
import { createRunDatabase } from '../postgres/run-database.ts';
import { findMessageStores, locateQueue } from '../target/message-store.ts';
import { readStoredRows } from '../target/stored-rows.ts';

/** The tables that Queen V3 makes at its start, as far as they are read. */
const queenTables = (schema: string) => `
  create schema ${schema};
  set search_path = ${schema};
  create table queues (id uuid primary key default gen_random_uuid(), name varchar(255) unique not null);
  create table partitions (id uuid primary key default gen_random_uuid(),
                           queue_id uuid references queues(id) on delete cascade,
                           name varchar(255) not null default 'Default', unique (queue_id, name));
  create table messages (id uuid primary key, transaction_id varchar(255) not null, trace_id uuid default gen_random_uuid(),
                         partition_id uuid references partitions(id) on delete cascade, payload jsonb not null,
                         created_at timestamptz default now(), is_encrypted boolean default false);`;

let database: RunDatabase;

beforeAll(async () => {
  database = await createRunDatabase(inject('postgres'), 'message_store');
  await sql(queenTables('queen'));
  await sql(queenTables('acme'));
  // Tables of these names that hold something else are no store.
  await sql('create schema shop; create table shop.messages (id int); create table shop.queues (id int, name text)');
});

afterAll(() => database[Symbol.asyncDispose]());

function sql(text: string) {
  return withAdminSession(database.target, (client) => client.query(text));
}

/** Makes a queue with messages in two partitions, under these transaction ids and random ids. */
async function fill(schema: string, queue: string, transactionIds: readonly string[]): Promise<void> {
  await withAdminSession(database.target, async (client) => {
    await client.query(`set search_path = ${schema}`);
    await client.query(
      `with q as (insert into queues (name) values ($1) returning id),
            p as (insert into partitions (queue_id, name) select id, name from q, unnest(array['p0', 'p1']) name returning id)
       insert into messages (id, transaction_id, partition_id, payload)
       select m.id, m.transaction_id, (array(select id from p))[1 + m.n % 2], '{}'
         from unnest($2::uuid[], $3::text[]) with ordinality m(id, transaction_id, n)`,
      [queue, transactionIds.map(() => randomUUID()), transactionIds],
    );
  });
}

function ledgerOf(messages: number): Ledger {
  const ledger = new Ledger('r1');
  ledger.setOutcomes(ledger.open({ producer: 0, partition: 0, messages, invokedUs: 1 }), 'buffered');
  return ledger;
}

test("Queen's tables are found in whatever schema, its own first", async () => {
  expect(await findMessageStores(database.target)).toEqual(['queen', 'acme']);
});

test("only the run's queue is counted, in the schema that knows it", async () => {
  await fill('queen', 'theirs', ['of somebody else', 'r1-0']);
  await fill('acme', 'theirs', ['of somebody else', 'r1-2']);
  await fill('acme', "it's ours", ['r1-0', 'r1-1', 'r1-1', 'r1-9']);
  const source = await locateQueue(database.target, "it's ours");
  expect(source).toEqual({ schema: 'acme', queue: "it's ours" });
  const rows = await readStoredRows(database.target, ledgerOf(3), source);
  expect([...rows.countByMessage]).toEqual([1, 2, 0]);
  expect(rows).toMatchObject({ rows: 4, distinctMessageIds: 4, unexpected: { count: 1 } });
});

test('a database that does not know the queue is not believed', async () => {
  await expect(locateQueue(database.target, 'unheard of')).rejects.toThrow("it is not the target's database");
});
