import { setTimeout as delay } from 'node:timers/promises';
import { type ClientBase, DatabaseError } from 'pg';
import { withAdminSession } from '../postgres/admin-session.ts';
import type { ConnectionTarget } from '../postgres/provider.ts';
import type { Inject, InjectedFault } from './fault.ts';
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

/** Another fault may just have ended all sessions, or have left no slot for ours: both pass. */
const CHANCE_LIMIT_MS = 15_000;
const TOO_MANY_CONNECTIONS = '53300';

/** Ends `count` of the server's sessions, or all; over when they are gone, and nothing is there to heal. */
export const backendsTerminate: Inject = async ({ database, random }, { count = Number.POSITIVE_INFINITY }) => {
  const deadlineMs = performance.now() + CHANCE_LIMIT_MS;
  for (;;) {
    const attempt = await terminate(database, count, random);
    if ('detail' in attempt) return { ...attempt, isOver: true, heal: async () => undefined };
    if (performance.now() > deadlineMs) throw attempt.hindrance;
    await delay(POLL_INTERVAL_MS);
  }
};

type Terminated = Pick<InjectedFault, 'detail' | 'count'>;

/** Throws what does not pass by itself. */
async function terminate(
  database: ConnectionTarget,
  count: number,
  random: () => number,
): Promise<Terminated | { readonly hindrance: Error }> {
  try {
    return await withAdminSession(database, async (client) => {
      const { rows } = await client.query<{ pid: number }>(SERVER_SESSIONS);
      const all = rows.map(({ pid }) => pid);
      const chosen = sample(all, count, random);
      if (chosen.length === 0) return { hindrance: new Error('the server has no session in its database') };
      await client.query(TERMINATE, [chosen]).catch((error: unknown) => {
        throw explainRefusal(error, RIGHT);
      });
      await untilGone(client, chosen);
      const detail = `pg_terminate_backend of ${chosen.length} of ${all.length} sessions: ${chosen.join(', ')}`;
      return { detail, count: chosen.length };
    });
  } catch (error) {
    if (error instanceof DatabaseError && error.code === TOO_MANY_CONNECTIONS) return { hindrance: error };
    throw error;
  }
}

async function untilGone(client: ClientBase, chosen: readonly number[]): Promise<void> {
  const deadlineMs = performance.now() + GONE_LIMIT_MS;
  for (;;) {
    const left = await client.query(STILL_THERE, [chosen]);
    if (left.rowCount === 0) return;
    if (performance.now() > deadlineMs) throw new Error(`${left.rowCount} sessions did not end in ${GONE_LIMIT_MS} ms`);
    await delay(POLL_INTERVAL_MS);
  }
}

/** `count` of them, or as many as there are. */
function sample<T>(values: readonly T[], count: number, random: () => number): readonly T[] {
  const left = [...values];
  const chosen: T[] = [];
  while (chosen.length < count && left.length > 0) chosen.push(...left.splice(Math.floor(random() * left.length), 1));
  return chosen;
}
