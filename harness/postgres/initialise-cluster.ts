import { execFile } from 'node:child_process';
import { chown, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { CommandError, EXIT_CODE } from '../cli/exit-code.ts';
import type { EmbeddedBinaries } from './embedded-binaries.ts';
import { dataFolderOf } from './run-folder.ts';
import type { ServerUser } from './server-user.ts';

const run = promisify(execFile);

export const SUPERUSER = 'postgres';
// Nothing of the user's environment (PGDATA, PGTZ, LC_*) reaches the server: the same cluster on every machine.
export const CLUSTER_ENVIRONMENT = { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/bin:/bin' };

export interface ClusterPlan {
  readonly binaries: EmbeddedBinaries;
  readonly runFolder: string;
  readonly user: ServerUser | undefined;
  readonly password: string;
  readonly logFile: string;
  /** `-c name=value` pairs for the server. */
  readonly settings: Readonly<Record<string, string>>;
}

/** Makes the cluster's files. Throws CommandError (unavailable) with what initdb said. */
export async function initialiseCluster(plan: ClusterPlan): Promise<void> {
  const passwordFile = path.join(plan.runFolder, 'password');
  await writeFile(passwordFile, plan.password, { mode: 0o600 });
  if (plan.user !== undefined) await chown(passwordFile, plan.user.uid, plan.user.gid);
  const flags = [
    `--pgdata=${dataFolderOf(plan.runFolder)}`,
    `--username=${SUPERUSER}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    // The built-in locale sorts the same on every machine, whatever its C library.
    '--encoding=UTF8',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    // Concerns only the files of the empty cluster; the server's own fsync stays on.
    '--no-sync',
  ];
  try {
    await run(plan.binaries.initdb, flags, { ...plan.user, cwd: plan.runFolder, env: CLUSTER_ENVIRONMENT });
  } catch (error) {
    throw explainInitdb(error as Error & { stderr?: string }, path.dirname(plan.runFolder));
  } finally {
    await rm(passwordFile, { force: true });
  }
}

function explainInitdb(error: Error & { stderr?: string }, parentFolder: string): CommandError {
  const said = error.stderr?.trim() || error.message;
  const hint = said.includes('user does not exist')
    ? 'this user id has no name on this machine: add it to /etc/passwd, or run as a user that has one'
    : `look for free space and rights in ${parentFolder}, or set TMPDIR to another folder`;
  return new CommandError(EXIT_CODE.unavailable, `embedded PostgreSQL: initdb failed: ${said}`, {
    hint,
    cause: error,
  });
}
