import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerControl } from '../faults/fault.ts';
import type { ServerLifecycle } from '../history/evidence.ts';
import { waitForProcessEnd } from '../postgres/process-state.ts';
import { findLastingPort } from './lasting-port.ts';
import type { RunningServer, ServerOptions, ServerWorker } from './running-server.ts';
import { startServer } from './server-process.ts';
import { serverProgram } from './server-program.ts';

/** How often {@link ServerControl.untilWorkersReplaced} looks. */
const LOOK_INTERVAL_MS = 20;
const WORKER_END_LIMIT_MS = 10_000;
const WORKERS_REPLACED_LIMIT_MS = 30_000;

export interface ServerUnderTestOptions extends Omit<ServerOptions, 'port' | 'encryptionKey'> {
  /** Name of a broken variant in server/defects/; `none`, as when absent, is the good server. */
  readonly defect?: string;
}

/** The server of a run, through all its restarts. Disposing it stops it. */
export interface ServerUnderTest extends ServerControl, AsyncDisposable {
  readonly lifecycle: ServerLifecycle;
  readonly bufferFolder: string;
  /** Worker processes that live now. */
  workers(): readonly ServerWorker[];
  /**
   * Ends it in order, one that is paused too: SIGTERM to the primary, SIGKILL to the whole group if it does not end in
   * time. Throws when the log could not be written.
   */
  stop(): Promise<void>;
}

/**
 * Starts a server that faults can end and start again, always with the same port, key and buffer folder, and one log.
 * Throws what {@link startServer} throws, and a CommandError (usage) for a defect that does not exist.
 */
export async function startServerUnderTest(options: ServerUnderTestOptions): Promise<ServerUnderTest> {
  const { defect = 'none', bufferFolder = `${options.logFile}.buffer`, ...rest } = options;
  const lasting = {
    mainFile: serverProgram(defect),
    ...rest,
    bufferFolder,
    port: await findLastingPort(),
    encryptionKey: randomBytes(32).toString('hex'),
  };
  return new RestartableServer(lasting, await startServer(lasting));
}

class RestartableServer implements ServerUnderTest {
  readonly bufferFolder: string;
  readonly #options: ServerOptions;
  #server: RunningServer;
  readonly #earlier: RunningServer[] = [];
  /** Exit codes of the orderly ends; undefined for one that had to be killed. */
  readonly #exitCodes: (number | undefined)[] = [];
  /** By faults. The primary may not have collected them yet, and until then they look as if they lived. */
  readonly #killedWorkers = new Set<number>();
  /** Deeds of faults that overlap are done one after the other. */
  #lastDeed: Promise<void> = Promise.resolve();
  #isUp = true;
  #endedOnPurpose = 0;

  constructor(options: ServerOptions & { readonly bufferFolder: string }, server: RunningServer) {
    this.#options = options;
    this.bufferFolder = options.bufferFolder;
    this.#server = server;
  }

  get baseUrl(): string {
    return this.#server.baseUrl;
  }

  get pid(): number {
    return this.#server.pid;
  }

  get lifecycle(): ServerLifecycle {
    const all = [...this.#earlier, this.#server].map(({ lifecycle }) => lifecycle);
    return {
      startedOnce: all.some(({ startedOnce }) => startedOnce),
      earlyExit: all.find(({ earlyExit }) => earlyExit !== undefined)?.earlyExit,
      workersReplaced: all.reduce((sum, { workersReplaced }) => sum + workersReplaced, 0),
      exitCode: this.#exitCodes.includes(undefined)
        ? undefined
        : (this.#exitCodes.find((exitCode) => exitCode !== 0) ?? this.#exitCodes[0]),
      endedOnPurpose: this.#endedOnPurpose,
      restarts: this.#earlier.length,
      workersKilled: this.#killedWorkers.size,
    };
  }

  workers(): readonly ServerWorker[] {
    return this.#server.workers().filter(({ pid }) => !this.#killedWorkers.has(pid));
  }

  workerPids(): readonly number[] {
    return this.workers().map(({ pid }) => pid);
  }

  kill(): Promise<void> {
    return this.#afterOthers(async () => {
      if (!this.#isUp) return;
      this.#isUp = false;
      if (!this.#hasCrashed) this.#endedOnPurpose += 1;
      await this.#server.kill();
    });
  }

  terminate(): Promise<void> {
    return this.#afterOthers(async () => {
      if (!this.#isUp) return;
      if (!this.#hasCrashed) this.#endedOnPurpose += 1;
      await this.#endInOrder();
    });
  }

  async pause(): Promise<void> {
    if (!this.#isUp || this.#hasCrashed) throw new Error('a server that is down cannot be paused');
    await this.#server.pause();
  }

  resume(): void {
    if (this.#isUp) this.#server.resume();
  }

  start(): Promise<void> {
    return this.#afterOthers(async () => {
      if (this.#isUp && !this.#hasCrashed) return;
      if (this.#isUp) await this.#server.stop();
      this.#isUp = false;
      const server = await startServer(this.#options);
      this.#earlier.push(this.#server);
      this.#server = server;
      this.#isUp = true;
    });
  }

  async killWorker(pid: number): Promise<void> {
    if (!this.workerPids().includes(pid)) throw new Error(`no worker with process id ${pid} lives`);
    this.#killedWorkers.add(pid);
    process.kill(pid, 'SIGKILL');
    if (!(await waitForProcessEnd(pid, WORKER_END_LIMIT_MS))) {
      throw new Error(`worker ${pid} did not end within ${WORKER_END_LIMIT_MS} ms of SIGKILL`);
    }
  }

  async untilWorkersReplaced(): Promise<void> {
    const deadlineMs = performance.now() + WORKERS_REPLACED_LIMIT_MS;
    while (this.workerPids().length < this.#options.workers) {
      if (performance.now() > deadlineMs) {
        throw new Error(`a worker was not replaced within ${WORKERS_REPLACED_LIMIT_MS} ms`);
      }
      await sleep(LOOK_INTERVAL_MS);
    }
  }

  stop(): Promise<void> {
    return this.#afterOthers(async () => {
      if (this.#isUp) await this.#endInOrder();
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  get #hasCrashed(): boolean {
    return this.#server.lifecycle.earlyExit !== undefined;
  }

  async #endInOrder(): Promise<void> {
    this.#isUp = false;
    // A process that is stopped does not hear SIGTERM.
    this.#server.resume();
    const exitCode = await this.#server.stop();
    this.#exitCodes.push(exitCode);
  }

  #afterOthers(deed: () => Promise<void>): Promise<void> {
    const done = this.#lastDeed.then(deed);
    // Its failure is for the one who asked for it; the next one goes on.
    this.#lastDeed = done.catch(() => undefined);
    return done;
  }
}
