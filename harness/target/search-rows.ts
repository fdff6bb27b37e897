import type { CleartextSearch } from '../history/cleartext.ts';
import { WITNESS_LIMIT } from '../history/evidence.ts';
import { withAdminSession } from '../postgres/admin-session.ts';
import type { ConnectionTarget } from '../postgres/provider.ts';
import { messagesOf, type RowSource } from './stored-rows.ts';

/**
 * Searches the run's rows for a text, as it stands and as the hexadecimal digits in which bytes are shown. The whole row is
 * searched, not its payload alone. Throws what the driver throws.
 */
export async function searchRows(
  database: ConnectionTarget,
  source: RowSource,
  marker: string,
): Promise<CleartextSearch> {
  const sql = `
    select coalesce(sum(octet_length(line)), 0)::float8 as "scannedBytes",
           count(*) filter (where hit)::float8 as count,
           coalesce((array_agg(transaction_id) filter (where hit))[1:${WITNESS_LIMIT}], '{}') as examples
      from (select transaction_id, line, position($1 in line) > 0 or position($2 in line) > 0 as hit
              from (select message.transaction_id, message::text as line
                      from (select * from ${messagesOf(source)}) as message) as lines) as searched`;
  return await withAdminSession(database, async (client) => {
    const { rows } = await client.query<{ scannedBytes: number; count: number; examples: readonly string[] }>(sql, [
      marker,
      Buffer.from(marker).toString('hex'),
    ]);
    const { scannedBytes = 0, count = 0, examples = [] } = rows[0] ?? {};
    return { scannedBytes, hits: { count, examples: examples.map((id) => `transaction id ${id}`) } };
  });
}
