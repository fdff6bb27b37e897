import { setTimeout as delay } from 'node:timers/promises';
import { withAdminSession } from '../postgres/admin-session.ts';
import type { Inject } from './fault.ts';
import { explainRefusal } from './missing-right.ts';

const RIGHT = "membership in pg_signal_backend, or in the role of the server's sessions";
const GONE_LIMIT_MS = 10_000;
const POLL_INTERVAL_MS = 5;

/**
 * Whoever is in the run's database and is not the harness was let in by the server. To a role that may not see more, other
 * roles' sessions have no type.
 */
const SERVER_SESSIONS = `
  SELECT pid FROM pg_stat_activity
   WHERE datname = current_database() AND coalesce(backend_type, 'client backend') = 'client backend'
     AND application_name <> 'queueproof-harness'`;

const TERMINATE = 'SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) AS chosen (pid)';

const STILL_THERE = 'SELECT pid FROM pg_stat_activity WHERE pid = ANY ($1::int[]) AND datname = current_database()';

/** Ends `count` of the server's sessions, or all; over when they are gone, and nothing is there to heal. */
export const backendsTerminate: Inject = ({ database, random }, { count = Number.POSITIVE_INFINITY }) =>
  withAdminSession(database, async (client) => {
    const { rows } = await client.query<{ pid: number }>(SERVER_SESSIONS);
    const chosen = sample(
      rows.map(({ pid }) => pid),
      count,
      random,
    );
    if (chosen.length === 0) throw new Error('the server has no session in its database');
    await client.query(TERMINATE, [chosen]).catch((error: unknown) => {
      throw explainRefusal(error, RIGHT);
    });
    const deadline = performance.now() + GONE_LIMIT_MS;
    for (;;) {
      const left = await client.query(STILL_THERE, [chosen]);
      if (left.rowCount === 0) break;
      if (performance.now() > deadline) throw new Error(`${left.rowCount} sessions did not end in ${GONE_LIMIT_MS} ms`);
      await delay(POLL_INTERVAL_MS);
    }
    return {
      detail: `pg_terminate_backend of ${chosen.length} of ${rows.length} sessions: ${chosen.join(', ')}`,
      count: chosen.length,
      isOver: true,
      heal: async () => undefined,
    };
  });

/** `count` of them, or as many as there are. */
function sample<T>(values: readonly T[], count: number, random: () => number): readonly T[] {
  const left = [...values];
  const chosen: T[] = [];
  while (chosen.length < count && left.length > 0) chosen.push(...left.splice(Math.floor(random() * left.length), 1));
  return chosen;
}
