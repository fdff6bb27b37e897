import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CLUSTER_ENVIRONMENT, type ClusterPlan } from './initialise-cluster.ts';
import { dataFolderOf } from './run-folder.ts';
import { endServer } from './server-processes.ts';

const START_LIMIT_MS = 60_000;

/** A process that was started as postmaster. */
export interface Postmaster {
  readonly pid: number;
  /** Whether it runs no more. */
  hasEnded(): boolean;
  /** Resolves when it runs no more. */
  readonly ended: Promise<void>;
}

/** Why a postmaster did not come up, with the end of its log. */
export interface StartFailure {
  readonly failure: string;
  /** Somebody else listens at the port, or holds it for a connection of his own. */
  readonly portTaken: boolean;
}

/**
 * Starts a postmaster over the plan's data at a port of 127.0.0.1 and waits until it is ready, recovery from a crash
 * included. Nothing runs after a failure.
 */
export async function startPostmaster(plan: ClusterPlan, port: number): Promise<Postmaster | StartFailure> {
  const child = await spawnPostmaster(plan, port);
  const failure = await waitUntilReady(plan, child);
  const { pid } = child;
  if (failure === undefined && pid !== undefined) {
    return { pid, hasEnded: () => hasEnded(child), ended: endOf(child) };
  }
  if (pid !== undefined && !hasEnded(child)) {
    const ended = endOf(child);
    await endServer(pid);
    await ended;
  }
  const said = await lastLinesOf(plan.logFile);
  return { failure: `${failure}\n${said}`, portTaken: said.includes('could not bind') };
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
    const child = spawn(plan.binaries.postgres, ['-D', dataFolderOf(plan.runFolder), '-p', String(port), ...settings], {
      ...plan.user,
      cwd: plan.runFolder,
      env: CLUSTER_ENVIRONMENT,
      // A process group of its own: Ctrl-C in the terminal is ours to handle; the server stops when we say so.
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    });
    child.on('error', () => undefined);
    // Our process may end while it runs; the watchdog stops it then.
    child.unref();
    return child;
  } finally {
    await log.close();
  }
}

/**
 * Undefined when the postmaster says in its pid file that it is ready (as pg_ctl does: a probe by connecting would
 * leave errors in the log), else what went wrong.
 */
async function waitUntilReady(plan: ClusterPlan, child: ChildProcess): Promise<string | undefined> {
  const pidFile = path.join(dataFolderOf(plan.runFolder), 'postmaster.pid');
  const deadline = performance.now() + START_LIMIT_MS;
  while (performance.now() < deadline) {
    if (child.pid === undefined) return 'it could not be executed';
    if (hasEnded(child)) return `it ended with ${child.signalCode ?? `code ${child.exitCode}`}`;
    const lines = (await readFile(pidFile, 'utf8').catch(() => '')).split('\n');
    if (lines[0] === String(child.pid) && lines[7]?.trim() === 'ready') return undefined;
    await delay(10);
  }
  return `it was not ready within ${START_LIMIT_MS / 1000} s`;
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function endOf(child: ChildProcess): Promise<void> {
  if (!hasEnded(child)) await once(child, 'exit');
}

async function lastLinesOf(logFile: string): Promise<string> {
  const text = await readFile(logFile, 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-8).join('\n');
}
