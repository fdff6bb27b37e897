import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { readProcessTable } from '../measure/process-table.ts';
import { waitForProcessEnd } from './process-state.ts';

const run = promisify(execFile);
const STOP_LIMIT_MS = 6_000;
const SIGNAL_LIMIT_MS = 10_000;
const POLL_INTERVAL_MS = 5;

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
  const children = await childrenOf(postmasterPid);
  for (const { pid } of children) signal(pid, 'SIGCONT');
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
  return [postmasterPid, ...(await childrenOf(postmasterPid)).map(({ pid }) => pid)];
}

async function untilEnded(pids: readonly number[]): Promise<void> {
  const ended = await Promise.all(pids.map((pid) => waitForProcessEnd(pid, SIGNAL_LIMIT_MS)));
  const alive = pids.filter((_, index) => ended[index] === false);
  if (alive.length > 0) throw new Error(`SIGKILL has not ended these processes in ${SIGNAL_LIMIT_MS} ms: ${alive}`);
}

async function untilStopped(pids: readonly number[]): Promise<void> {
  const deadline = performance.now() + SIGNAL_LIMIT_MS;
  for (;;) {
    const running = (await readProcesses()).filter(({ pid, state }) => pids.includes(pid) && !/^[TtZX]/.test(state));
    if (running.length === 0) return;
    if (performance.now() > deadline) {
      throw new Error(
        `SIGSTOP has not stopped these processes in ${SIGNAL_LIMIT_MS} ms: ${running.map(({ pid }) => pid)}`,
      );
    }
    await delay(POLL_INTERVAL_MS);
  }
}

interface ListedProcess {
  readonly pid: number;
  readonly parentPid: number;
  readonly state: string;
}

async function childrenOf(parentPid: number): Promise<readonly ListedProcess[]> {
  return (await readProcesses()).filter((listed) => listed.parentPid === parentPid);
}

async function readProcesses(): Promise<readonly ListedProcess[]> {
  if (process.platform === 'linux') return readProcessTable();
  const { stdout } = await run('ps', ['-A', '-o', 'pid=,ppid=,stat=']);
  return stdout.split('\n').map((line) => {
    const [pid, parentPid, state = ''] = line.trim().split(/\s+/);
    return { pid: Number(pid), parentPid: Number(parentPid), state };
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
