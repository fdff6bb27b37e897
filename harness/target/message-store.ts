import { escapeIdentifier } from 'pg';
import { withAdminSession } from '../postgres/admin-session.ts';
import type { ConnectionTarget } from '../postgres/provider.ts';
import type { RowSource } from './stored-rows.ts';

/**
 * Schemas with the tables a server of the contract keeps its messages in. The reference server's and Queen's (V3) agree in
 * what is read here: messages belong to a partition, partitions to a queue, and the queue has the name that was configured.
 * information_schema shows no column that we may not read.
 */
const STORES_SQL = `
  SELECT table_schema AS schema
    FROM information_schema.columns
   WHERE (table_name, column_name) IN (('messages', 'id'), ('messages', 'transaction_id'), ('messages', 'partition_id'),
                                       ('partitions', 'id'), ('partitions', 'queue_id'),
                                       ('queues', 'id'), ('queues', 'name'))
   GROUP BY table_schema
  HAVING count(*) = 7
   ORDER BY table_schema <> 'queen', table_schema`;

/** Schemas of a database that hold queues, the likeliest first. Throws what the driver throws. */
export function findMessageStores(database: ConnectionTarget): Promise<readonly string[]> {
  return withAdminSession(database, async (client) => {
    const { rows } = await client.query<{ readonly schema: string }>(STORES_SQL);
    return rows.map(({ schema }) => schema);
  });
}

/**
 * Where the messages of a queue are. Throws an Error when no schema of the database knows the queue: it is the database
 * of another server then, and its lack of messages would be held against the wrong one.
 */
export async function locateQueue(database: ConnectionTarget, queue: string): Promise<RowSource> {
  const schemas = await findMessageStores(database);
  return await withAdminSession(database, async (client) => {
    for (const schema of schemas) {
      const sql = `SELECT FROM ${escapeIdentifier(schema)}.queues WHERE name = $1`;
      if ((await client.query(sql, [queue])).rowCount === 1) return { schema, queue };
    }
    const where = `${database.host}:${database.port}/${database.database}`;
    throw new Error(`no table of queues at ${where} knows the queue "${queue}": it is not the target's database`);
  });
}
