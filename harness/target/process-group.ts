import { type ChildProcess, spawn } from 'node:child_process';

/**
 * Reads from a pipe that only we hold: a line means that the group has ended in order; the end of the pipe means that
 * we have ended, however that happened (SIGKILL, too), and the group must not outlive us.
 */
const GUARD = 'read -r ended || kill -s KILL -- "-$1"';

/**
 * The process group of a child that was spawned with `detached: true`. While it is held, the group does not outlive our
 * process; dispose it once the group has ended.
 */
export class ProcessGroup implements Disposable {
  readonly #leaderPid: number;
  readonly #guard: ChildProcess;
  readonly #killOnExit = () => this.kill();

  constructor(leaderPid: number) {
    this.#leaderPid = leaderPid;
    // Where there is no shell, or no time for it, the exit hook still serves every end but a signal.
    process.on('exit', this.#killOnExit);
    this.#guard = spawn('/bin/sh', ['-c', GUARD, 'queueproof-guard', String(leaderPid)], {
      cwd: '/',
      env: {},
      // A group of its own: Ctrl-C in the terminal must not end it before it has done its work.
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    this.#guard.on('error', () => undefined);
    this.#guard.stdin?.on('error', () => undefined);
    // It must not keep our process alive.
    this.#guard.unref();
    (this.#guard.stdin as { unref?: () => void } | null)?.unref?.();
  }

  /** SIGKILL to every process of the group; nothing happens when there is none. */
  kill(): void {
    this.signal('SIGKILL');
  }

  /** A signal to every process of the group; nothing happens when there is none. */
  signal(name: NodeJS.Signals): void {
    try {
      process.kill(-this.#leaderPid, name);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
    }
  }

  [Symbol.dispose](): void {
    process.off('exit', this.#killOnExit);
    this.#guard.stdin?.end('\n');
  }
}
