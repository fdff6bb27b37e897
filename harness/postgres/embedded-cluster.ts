import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, open, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { CommandError, EXIT_CODE } from '../cli/exit-code.ts';
import type { EmbeddedBinaries } from './embedded-binaries.ts';
import { waitForProcessEnd } from './process-state.ts';
import { dataFolderOf } from './run-folder.ts';
import type { ServerUser } from './server-user.ts';

const run = promisify(execFile);

export const SUPERUSER = 'postgres';
const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 6_000;
const PORT_ATTEMPTS = 5;
// Nothing of the user's environment (PGDATA, PGTZ, LC_*) reaches the server: the same cluster on every machine.
const ENVIRONMENT = { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/bin:/bin' };

export interface ClusterPlan {
  readonly binaries: EmbeddedBinaries;
  readonly runFolder: string;
  readonly user: ServerUser | undefined;
  readonly password: string;
  readonly logFile: string;
  /** `-c name=value` pairs for the server. */
  readonly settings: Readonly<Record<string, string>>;
}

/** A postmaster that accepts connections on 127.0.0.1. */
export interface StartedCluster {
  readonly pid: number;
  readonly port: number;
  /** Stops it at once, without a checkpoint: its data are thrown away. */
  stop(): Promise<void>;
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
    await run(plan.binaries.initdb, flags, { ...plan.user, cwd: plan.runFolder, env: ENVIRONMENT });
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

/**
 * Starts the postmaster on a free port of 127.0.0.1 and waits until it is ready.
 * Throws CommandError (unavailable) with the end of its log when it is not ready in time or ends.
 */
export async function startCluster(plan: ClusterPlan): Promise<StartedCluster> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await findFreePort();
    const postmaster = await spawnPostmaster(plan, port);
    const failure = await waitUntilReady(plan, postmaster);
    if (failure === undefined && postmaster.pid !== undefined) {
      return { pid: postmaster.pid, port, stop: () => stopPostmaster(postmaster) };
    }
    await stopPostmaster(postmaster);
    const said = await lastLinesOf(plan.logFile);
    // Somebody took the port between our look and the server's bind.
    if (attempt < PORT_ATTEMPTS && said.includes('could not bind')) continue;
    throw new CommandError(EXIT_CODE.unavailable, `embedded PostgreSQL did not start: ${failure}\n${said}`, {
      hint: `its log: ${plan.logFile}`,
    });
  }
}

async function spawnPostmaster(plan: ClusterPlan, port: number): Promise<ChildProcess> {
  const settings = Object.entries({
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    ...plan.settings,
  }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  // The server writes to the file itself: its log does not pass through the event loop that makes the load.
  const log = await open(plan.logFile, 'a');
  try {
    const postmaster = spawn(
      plan.binaries.postgres,
      ['-D', dataFolderOf(plan.runFolder), '-p', String(port), ...settings],
      {
        ...plan.user,
        cwd: plan.runFolder,
        env: ENVIRONMENT,
        // A process group of its own: Ctrl-C in the terminal is ours to handle; the server stops when we say so.
        detached: true,
        stdio: ['ignore', log.fd, log.fd],
      },
    );
    postmaster.on('error', () => undefined);
    // Our process may end while it runs; the watchdog stops it then.
    postmaster.unref();
    return postmaster;
  } finally {
    await log.close();
  }
}

/**
 * Undefined when the postmaster says in its pid file that it is ready (as pg_ctl does: a probe by connecting would
 * leave errors in the log), else what went wrong.
 */
async function waitUntilReady(plan: ClusterPlan, postmaster: ChildProcess): Promise<string | undefined> {
  const pidFile = path.join(dataFolderOf(plan.runFolder), 'postmaster.pid');
  const deadline = performance.now() + START_LIMIT_MS;
  while (performance.now() < deadline) {
    if (postmaster.pid === undefined) return 'it could not be executed';
    if (hasEnded(postmaster)) return `it ended with ${postmaster.signalCode ?? `code ${postmaster.exitCode}`}`;
    const lines = (await readFile(pidFile, 'utf8').catch(() => '')).split('\n');
    if (lines[0] === String(postmaster.pid) && lines[7]?.trim() === 'ready') return undefined;
    await delay(10);
  }
  return `it was not ready within ${START_LIMIT_MS / 1000} s`;
}

async function stopPostmaster(postmaster: ChildProcess): Promise<void> {
  if (postmaster.pid === undefined || hasEnded(postmaster)) return;
  const ended = once(postmaster, 'exit');
  postmaster.ref();
  postmaster.kill('SIGQUIT');
  if (!(await waitForProcessEnd(postmaster.pid, STOP_LIMIT_MS))) postmaster.kill('SIGKILL');
  await ended;
}

function hasEnded(postmaster: ChildProcess): boolean {
  return postmaster.exitCode !== null || postmaster.signalCode !== null;
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('a listening TCP server has no port');
  return address.port;
}

async function lastLinesOf(logFile: string): Promise<string> {
  const text = await readFile(logFile, 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-8).join('\n');
}
