import { escapeIdentifier } from 'pg';
import type { Inject } from './fault.ts';
import { sessionFault } from './session-fault.ts';

/**
 * Somebody's transaction holds the rows of all partitions: a push takes the rows of its partitions to number its messages,
 * and has to wait. In the order in which pushes take them, or the two could wait for each other.
 */
export const rowLock: Inject = (targets) => {
  const table = `${escapeIdentifier(targets.schema)}.partitions`;
  return sessionFault(targets, `UPDATE on ${table}`, async (session) => {
    await session.query('BEGIN');
    const rows = await session.query(`SELECT FROM ${table} ORDER BY id FOR UPDATE`);
    if (rows.length === 0) throw new Error(`there are no rows in ${table} to lock`);
    return `FOR UPDATE on ${rows.length} rows of ${table}`;
  });
};
