import type { Statement } from '../pool/pool-member.ts';

/** What grows with time and is not messages, with the column of its age. */
const RECORDS = Object.freeze({ activity: 'minute', system_samples: 'minute', traces: 'created_at' });

export type RecordKind = keyof typeof RECORDS;

export const RECORD_KINDS = Object.keys(RECORDS) as readonly RecordKind[];

/** Deletes at most `limit` records that are older than so many days. */
export function deleteOldRecordsStatement(kind: RecordKind, days: number, limit: number): Statement {
  return {
    name: `delete-old-${kind}`,
    text: `
      delete from ${kind} where ctid in (
        select ctid from ${kind} where ${RECORDS[kind]} < now() - make_interval(days => $1) limit $2)`,
    values: [days, limit],
  };
}
