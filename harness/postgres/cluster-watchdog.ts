import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/**
 * Runs in a shell of its own and waits on a pipe that only we hold. When we end, however that happens (SIGKILL, too),
 * the kernel closes the pipe, and the shell stops the postmaster of the folder and removes the folder.
 * The process id in postmaster.pid is believed only when that process was started for this folder; a standalone
 * backend writes it with a minus sign. The loop is for a cluster that is just being made while we end.
 */
const SCRIPT = `
cat > /dev/null
rounds=0
while [ -d "$1" ] && [ "$rounds" -lt 50 ]; do
  pid=$(head -n 1 "$1/data/postmaster.pid" 2> /dev/null)
  pid=\${pid#-}
  if [ -n "$pid" ] &&
    { cat "/proc/$pid/cmdline" 2> /dev/null || ps -o command= -p "$pid"; } | tr '\\0' ' ' | grep -qF -- "$1"; then
    kill -QUIT "$pid"
    # A server that was paused does nothing about it, and cannot end its children either.
    kill -CONT "$pid" $(cat "/proc/$pid/task/$pid/children" 2> /dev/null)
  fi
  rm -rf -- "$1"
  rounds=$((rounds + 1))
  sleep 0.1
done
`;

/** Cleans up after us when we cannot. Disposing it, after the folder has been removed, ends it at once. */
export class ClusterWatchdog implements AsyncDisposable {
  readonly #shell: ChildProcess;

  constructor(runFolder: string) {
    // A process group of its own: Ctrl-C in the terminal must not end it before it has done its work.
    this.#shell = spawn('/bin/sh', ['-c', SCRIPT, 'queueproof-watchdog', runFolder], {
      cwd: '/',
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    // Without a shell the next start's sweep does the work; that is no reason to refuse a run.
    this.#shell.on('error', () => undefined);
    this.#shell.stdin?.on('error', () => undefined);
    // It must not keep our process alive.
    this.#shell.unref();
    (this.#shell.stdin as { unref?: () => void } | null)?.unref?.();
  }

  get pid(): number | undefined {
    return this.#shell.pid;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#shell.pid === undefined || this.#shell.exitCode !== null || this.#shell.signalCode !== null) return;
    const ended = once(this.#shell, 'exit');
    this.#shell.ref();
    this.#shell.stdin?.end();
    await ended;
  }
}
