import * as good from '../sql/push-chunk.ts';
import { startServerWith } from './composition/start-server-with.ts';

/** Microseconds since 2026, and room for the messages of one transaction. */
const START = `(extract(epoch from now() - timestamptz '2026-01-01') * 1000000)::bigint * 10000`;

/**
 * docs/defects.md, 1: the order of delivery is that of the transactions' beginnings, and no lock keeps it in the order
 * of their ends. A large push that begins first and ends last comes to lie behind the consumers' cursor.
 */
const PUSH_BY_TIME = `
  with target as (
    select p.id, c.messages, c.encrypted
    from unnest($1::bigint[], $2::int[], $3::int[], $11::bool[])
      as c (partition_id, queue_version, messages, encrypted)
    join partitions p on p.id = c.partition_id and p.queue_version = c.queue_version
  ), inserted as (
    insert into messages (partition_id, seq, id, transaction_id, trace_id, created_at, is_encrypted, payload)
    select t.id, ${START} + t.messages - i.behind, i.id, i.transaction_id, i.trace_id, now(), t.encrypted, i.payload
    from unnest($4::bigint[], $5::int[], $6::uuid[], $7::text[], $8::uuid[], $9::json[])
      as i (partition_id, behind, id, transaction_id, trace_id, payload)
    join target t on t.id = i.partition_id
    on conflict do nothing
    returning id
  ), locked as (
    update partitions p set last_seq = greatest(p.last_seq, ${START} + t.messages)
    from target t where p.id = t.id and (select count(*) from inserted) >= 0
    returning p.id
  )
  select case when count(*) < $10::int then array(select id::text from inserted) end as inserted,
         case when count(*) < $10::int then array(select id::text from locked) end as locked
  from inserted`;

await startServerWith('sql/push-chunk.ts', good, {
  pushChunkStatement: (chunks) => ({ ...good.pushChunkStatement(chunks), text: PUSH_BY_TIME }),
});
