import type { DatabaseView, MaintenanceState } from '../buffer/services.ts';
import type { Statement } from '../pool/pool-member.ts';

export interface DatabaseViewRow {
  readonly enabled: boolean;
  readonly version: string;
  readonly fingerprint: string;
  /** Null when the fingerprint is the given one. */
  readonly queues: DatabaseView['queues'] | null;
}

/**
 * {@link DatabaseViewRow}: what the servers of a database must agree on. The list of queues comes only when it is not the one
 * the fingerprint stands for: a queue that is made raises the highest id, one that is deleted lowers the count, one that is
 * configured raises its version.
 */
export function databaseViewStatement(fingerprint: string): Statement {
  return {
    name: 'database-view',
    text: `
      with f as (select concat_ws('/', count(*), max(id), sum(version)) as fingerprint from queues)
      select (s.value->>'enabled')::boolean as enabled, s.version, f.fingerprint,
             case when f.fingerprint <> $1 then (
               select coalesce(json_agg(json_build_object(
                 'name', name, 'encrypted', coalesce((options->>'encryptionEnabled')::boolean, false))), '[]')
               from queues) end as queues
      from f cross join system_state s where s.key = 'maintenance_mode'`,
    values: [fingerprint],
  };
}

export function toDatabaseView({ enabled, version, fingerprint, queues }: DatabaseViewRow): DatabaseView {
  return { maintenance: { enabled, version: Number(version) }, fingerprint, queues: queues ?? undefined };
}

/** One row with `version`. */
export function setMaintenanceStatement(enabled: MaintenanceState['enabled']): Statement {
  return {
    text: `
      insert into system_state as s (key, value) values ('maintenance_mode', jsonb_build_object('enabled', $1::boolean))
      on conflict (key) do update set value = excluded.value, version = s.version + 1, updated_at = now()
      returning version`,
    values: [enabled],
  };
}

/** Rows are `KnownQueue`s. */
export function findKnownQueuesStatement(names: readonly string[]): Statement {
  return {
    name: 'find-known-queues',
    text: `
      select name, coalesce((options->>'encryptionEnabled')::boolean, false) as encrypted
      from queues where name = any($1::text[])`,
    values: [names],
  };
}
