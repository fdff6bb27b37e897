import { CommandError, EXIT_CODE } from '../cli/exit-code.ts';
import type { RunDatabase, RunningPostgres } from '../postgres/provider.ts';
import { takeServerAtUrl } from '../postgres/url.ts';
import { findMessageStores } from './message-store.ts';

/**
 * The PostgreSQL under a server that somebody else started, to be looked at and left as it is: its `createDatabase` gives
 * the database of the URL, which disposing does not drop.
 *
 * Throws CommandError: usage for a malformed URL, unavailable when it does not answer or holds no queues.
 */
export async function takeTargetPostgres(url: string): Promise<RunningPostgres> {
  const postgres = await takeServerAtUrl(url, { maxConnections: 'any', settings: {}, image: '', logFolder: '' });
  const { admin } = postgres;
  const label = `${admin.user}@${admin.host}:${admin.port}/${admin.database}`;
  if ((await findMessageStores(admin)).length === 0) {
    throw new CommandError(
      EXIT_CODE.unavailable,
      `--target-postgres: ${label} has no readable tables queues, partitions and messages of a queue server`,
      { hint: "name the target's own database and a role that may read it, or leave --target-postgres out" },
    );
  }
  const database: RunDatabase = {
    name: admin.database,
    target: admin,
    // Nothing was made here, so nothing is removed.
    keep: () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  };
  return {
    ...postgres,
    reason: `url: the database of the target, ${label}`,
    createDatabase: async () => database,
  };
}
