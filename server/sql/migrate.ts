import { readdir, readFile } from 'node:fs/promises';
import pg from 'pg';

const FOLDER = new URL('./migrations/', import.meta.url);
const FILE_PATTERN = /^(\d{4})_[a-z0-9_]+\.sql$/;
/** Key of the advisory lock that lets one server migrate at a time; an arbitrary constant. */
const LOCK_KEY = 6_632_001;

/**
 * Creates the schema and applies the migrations it lacks, each in a transaction that records it first. Safe to run from
 * several servers at once: they take turns.
 *
 * @returns the numbers applied.
 * @throws what PostgreSQL answered; the failing migration is rolled back.
 */
export async function migrate(client: pg.Client, schema: string): Promise<readonly number[]> {
  await client.query('select pg_advisory_lock($1)', [LOCK_KEY]);
  try {
    await client.query(`create schema if not exists ${pg.escapeIdentifier(schema)}`);
    await client.query(
      'create table if not exists migrations (number int primary key, file text not null, applied_at timestamptz not null default now())',
    );
    const { rows } = await client.query<{ number: number }>('select number from migrations');
    const done = new Set(rows.map((row) => row.number));
    const applied: number[] = [];
    for (const file of (await readdir(FOLDER)).sort()) {
      const number = Number(FILE_PATTERN.exec(file)?.[1]);
      if (Number.isNaN(number)) throw new Error(`Migration file ${file} is not named NNNN_words.sql.`);
      if (done.has(number)) continue;
      await applyMigration(client, number, file);
      applied.push(number);
    }
    return applied;
  } finally {
    await client.query('select pg_advisory_unlock($1)', [LOCK_KEY]);
  }
}

async function applyMigration(client: pg.Client, number: number, file: string): Promise<void> {
  const text = await readFile(new URL(file, FOLDER), 'utf8');
  await client.query('begin');
  try {
    await client.query('insert into migrations (number, file) values ($1, $2)', [number, file]);
    await client.query(text);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}
