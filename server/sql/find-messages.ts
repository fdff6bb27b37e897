import type { Statement } from '../pool/pool-member.ts';
import { int8Array, textArray } from './binary-array.ts';

export interface FoundMessageRow {
  /** Position in the arrays asked for, counted from 1. */
  readonly position: string;
  readonly id: string;
}

/** `limit 1` in a lateral join pins the plan to one index look-up a row, whatever the statistics say of the table. */
const FIND_MESSAGES = `
  select i.position, m.id
  from unnest($1::bigint[], $2::text[]) with ordinality as i (partition_id, transaction_id, position)
  cross join lateral (
    select m.id from messages m
    where m.partition_id = i.partition_id and m.transaction_id = i.transaction_id
    limit 1
  ) m`;

/** Ids of stored messages by partition and transaction id. */
export function findMessagesStatement(
  keys: readonly { readonly partitionId: bigint; readonly transactionId: string }[],
): Statement {
  return {
    name: 'find-messages',
    text: FIND_MESSAGES,
    values: [int8Array(keys.map((key) => key.partitionId)), textArray(keys.map((key) => key.transactionId))],
  };
}
