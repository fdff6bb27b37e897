import { escapeIdentifier } from 'pg';
import type { Inject } from './fault.ts';
import { sessionFault } from './session-fault.ts';

const IS_GRANTED = `
  SELECT FROM pg_locks
   WHERE pid = pg_backend_pid() AND relation = $1::regclass AND mode = 'ShareLock' AND granted`;

/** Somebody holds the messages against writers, as CREATE INDEX does; reading goes on. */
export const tableLock: Inject = (targets) => {
  const table = `${escapeIdentifier(targets.schema)}.messages`;
  return sessionFault(targets, `UPDATE on ${table}`, async (session) => {
    await session.query('BEGIN');
    await session.query(`LOCK TABLE ${table} IN SHARE MODE`);
    if ((await session.query(IS_GRANTED, [table])).length === 0) throw new Error('pg_locks does not show the lock');
    return `SHARE lock on ${table}`;
  });
};
