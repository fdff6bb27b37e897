import { access } from 'node:fs/promises';
import path from 'node:path';
import { withAdminSession } from './admin-session.ts';
import type { ConnectionTarget } from './provider.ts';

/** The library that counts statements; a PostgreSQL has it from its start, or not at all. */
const STATEMENT_LIBRARY = 'pg_stat_statements';

/** Where an installation keeps its extensions, seen from the folder of its programs. */
const EXTENSION_FOLDERS = ['../share/postgresql/extension', '../share/extension'] as const;

/**
 * The setting that has a server count its statements, if the installation with this `postgres` program has the library: one
 * that is told to load what is not there does not start.
 */
export async function statementSettings(postgres: string): Promise<Readonly<Record<string, string>>> {
  for (const folder of EXTENSION_FOLDERS) {
    const control = path.resolve(path.dirname(postgres), folder, `${STATEMENT_LIBRARY}.control`);
    const isThere = await access(control).then(
      () => true,
      () => false,
    );
    if (isThere) return { shared_preload_libraries: STATEMENT_LIBRARY };
  }
  return {};
}

/**
 * Makes the counts of a server of ours readable, where its library was loaded; other servers are left as they are.
 * Throws what the driver throws.
 */
export async function openStatementStatistics(admin: ConnectionTarget): Promise<void> {
  await withAdminSession(admin, async (client) => {
    const { rows } = await client.query<{ libraries: string }>(
      `SELECT current_setting('shared_preload_libraries') AS libraries`,
    );
    const isLoaded = rows[0]?.libraries.split(',').some((name) => name.trim() === STATEMENT_LIBRARY) ?? false;
    if (isLoaded) await client.query(`CREATE EXTENSION IF NOT EXISTS ${STATEMENT_LIBRARY}`);
  });
}
