import type { Inject } from './fault.ts';
import { sessionFault } from './session-fault.ts';

const HORIZON = `
  SELECT backend_xid::text AS xid, backend_xmin::text AS xmin
    FROM pg_stat_activity WHERE pid = pg_backend_pid()`;

/**
 * A transaction with an id and a snapshot of its own stays open, as a forgotten session or a long report does: no dead row
 * that is younger can be removed, and whoever reads only what is older than every open transaction reads nothing new.
 */
export const heldXmin: Inject = (targets) =>
  sessionFault(targets, 'CONNECT on the database', async (session) => {
    await session.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    await session.query('SELECT txid_current()');
    const [row] = await session.query<{ xid: string | null; xmin: string | null }>(HORIZON);
    if (!row?.xid || !row.xmin) throw new Error('pg_stat_activity shows no transaction id and snapshot of the session');
    return `an open transaction with id ${row.xid} and xmin ${row.xmin}`;
  });
