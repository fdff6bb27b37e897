import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const POLL_INTERVAL_MS = 20;
const ENDED_STATES: readonly string[] = ['', 'Z', 'X'];
const STOPPED_STATES: readonly string[] = [...ENDED_STATES, 'T', 't'];

/** Whether a process lives and runs; a zombie (ended, but not yet collected by its parent) does not. */
export async function isProcessRunning(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it lives and belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return process.platform !== 'linux' || !ENDED_STATES.includes(await stateOf(pid));
}

/** One letter, as in `ps`; the empty string when there is no such process. Linux only. */
async function stateOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The state follows the command name, which stands in parentheses and may hold anything.
  return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
}

/** The command line of a process, arguments joined by spaces; the empty string when it cannot be read. */
export async function processCommand(pid: number): Promise<string> {
  if (process.platform === 'linux') {
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ');
  }
  return run('ps', ['-o', 'command=', '-p', String(pid)]).then(
    ({ stdout }) => stdout.trim(),
    () => '',
  );
}

/** Waits until a process has ended; false when it still runs after `limitMs`. */
export async function waitForProcessEnd(pid: number, limitMs: number): Promise<boolean> {
  const deadline = performance.now() + limitMs;
  while (await isProcessRunning(pid)) {
    if (performance.now() > deadline) return false;
    await delay(POLL_INTERVAL_MS);
  }
  return true;
}

/**
 * Waits until a process that was sent SIGSTOP stands still, or has ended; false when it still runs after `limitMs`.
 * Where this cannot be seen (other systems than Linux) the signal alone is trusted.
 */
export async function waitForProcessStop(pid: number, limitMs: number): Promise<boolean> {
  if (process.platform !== 'linux') return true;
  const deadline = performance.now() + limitMs;
  while (!STOPPED_STATES.includes(await stateOf(pid))) {
    if (performance.now() > deadline) return false;
    await delay(POLL_INTERVAL_MS);
  }
  return true;
}
