import type { ServerLifecycle } from '../history/evidence.ts';
import type { ServerSettings } from './server-environment.ts';
import type { ServerLaunch } from './server-launch.ts';

export interface ServerOptions extends ServerSettings {
  /** Receives stdout and stderr, line by line; appended to, so a restarted server keeps its history. */
  readonly logFile: string;
  /** From spawn to the `listening` line. */
  readonly startTimeoutMs: number;
  /** From SIGTERM to SIGKILL; 15 s when absent. */
  readonly stopTimeoutMs?: number;
  /** Program to run in place of the reference server. */
  readonly mainFile?: string;
  /** By, or under, what it is started. */
  readonly launch?: ServerLaunch;
  /** FILE_BUFFER_DIR; beside the log when absent, as a server that is started again must find what its predecessor left. */
  readonly bufferFolder?: string;
  /** QUEEN_ENCRYPTION_KEY; a random one when absent, as what encrypted queues hold ends with the database. */
  readonly encryptionKey?: string;
}

/** A worker process; one that replaces another has its number. */
export interface ServerWorker {
  readonly number: number;
  readonly pid: number;
}

/** What one process group tells of the server's lifecycle. */
export type ProcessLifecycle = Pick<ServerLifecycle, 'startedOnce' | 'earlyExit' | 'workersReplaced' | 'exitCode'>;

/** A server process group that is ours. Disposing it stops it. */
export interface RunningServer extends AsyncDisposable {
  readonly baseUrl: string;
  /** The primary; also the id of the process group. */
  readonly pid: number;
  readonly lifecycle: ProcessLifecycle;
  /** Settles with "exit code 1" or "signal SIGKILL" when the primary has ended, for whatever reason; never rejects. */
  readonly exited: Promise<string>;
  /** Worker processes that live now. */
  workers(): readonly ServerWorker[];
  /**
   * SIGTERM to the primary, SIGKILL to the whole group if it does not end in time. Returns the exit code, undefined
   * when it was killed. Further calls return the first one's result. Throws when the log could not be written.
   */
  stop(): Promise<number | undefined>;
  /** SIGKILL to the whole group; resolves when it is gone. Throws when the log could not be written. */
  kill(): Promise<void>;
  /** SIGSTOP to the whole group; resolves when all of it stands still, and throws when it does not. */
  pause(): Promise<void>;
  /** SIGCONT to the whole group. */
  resume(): void;
}

/** The server will not run with this configuration; `reason` is in its own words. */
export class ServerRefused extends Error {
  override readonly name = 'ServerRefused';
  readonly reason: string;

  constructor(reason: string) {
    super(`the server refused to start: ${reason}`);
    this.reason = reason;
  }
}
