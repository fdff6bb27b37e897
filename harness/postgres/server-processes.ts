import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { readProcessTable } from '../measure/process-table.ts';
import { waitForProcessEnd, waitForProcessStop } from './process-state.ts';

const run = promisify(execFile);
const STOP_LIMIT_MS = 6_000;
const SIGNAL_LIMIT_MS = 10_000;

// Every child of the postmaster leads a session and process group of its own (setsid), so a signal to the postmaster's
// group reaches the postmaster alone: the children are looked up by their parent.

/**
 * SIGKILL to a postmaster and all its children; resolves when none of them runs, and so none holds the shared memory
 * that would keep the next postmaster from starting.
 */
export async function killServer(postmasterPid: number): Promise<void> {
  const pids = await stopForking(postmasterPid);
  for (const pid of pids) signal(pid, 'SIGKILL');
  await untilEnded(pids);
}

/** SIGSTOP to a postmaster and all its children; resolves when all of them stand still. */
export async function pauseServer(postmasterPid: number): Promise<void> {
  const pids = await stopForking(postmasterPid);
  for (const pid of pids) signal(pid, 'SIGSTOP');
  await untilStopped(pids);
}

/** SIGCONT to a postmaster and all its children; nothing happens to those that run. */
export async function resumeServer(postmasterPid: number): Promise<void> {
  for (const pid of await childrenOf(postmasterPid)) signal(pid, 'SIGCONT');
  signal(postmasterPid, 'SIGCONT');
}

/**
 * Ends a server at once, without a checkpoint: its data are thrown away. It takes its shared memory with it, unless it
 * has to be killed because it does not end within {@link STOP_LIMIT_MS}. A paused server is ended, too.
 */
export async function endServer(postmasterPid: number): Promise<void> {
  signal(postmasterPid, 'SIGQUIT');
  await resumeServer(postmasterPid);
  if (!(await waitForProcessEnd(postmasterPid, STOP_LIMIT_MS))) await killServer(postmasterPid);
}

/** Stops the postmaster itself, so that nothing is added any more to the processes returned: it and its children. */
async function stopForking(postmasterPid: number): Promise<readonly number[]> {
  signal(postmasterPid, 'SIGSTOP');
  await untilStopped([postmasterPid]);
  return [postmasterPid, ...(await childrenOf(postmasterPid))];
}

async function untilEnded(pids: readonly number[]): Promise<void> {
  const ended = await Promise.all(pids.map((pid) => waitForProcessEnd(pid, SIGNAL_LIMIT_MS)));
  const alive = pids.filter((_, index) => ended[index] === false);
  if (alive.length > 0) throw new Error(`SIGKILL has not ended these in ${SIGNAL_LIMIT_MS} ms: ${alive}`);
}

async function untilStopped(pids: readonly number[]): Promise<void> {
  const stopped = await Promise.all(pids.map((pid) => waitForProcessStop(pid, SIGNAL_LIMIT_MS)));
  const running = pids.filter((_, index) => stopped[index] === false);
  if (running.length > 0) throw new Error(`SIGSTOP has not stopped these in ${SIGNAL_LIMIT_MS} ms: ${running}`);
}

async function childrenOf(parentPid: number): Promise<readonly number[]> {
  const listed = process.platform === 'linux' ? readProcessTable() : await listWithPs();
  return listed.filter((stat) => stat.parentPid === parentPid).map(({ pid }) => pid);
}

async function listWithPs(): Promise<readonly { readonly pid: number; readonly parentPid: number }[]> {
  const { stdout } = await run('ps', ['-A', '-o', 'pid=,ppid=']);
  return stdout.split('\n').map((line) => {
    const [pid, parentPid] = line.trim().split(/\s+/).map(Number);
    return { pid: pid ?? 0, parentPid: parentPid ?? 0 };
  });
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    // It has ended by itself.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
