import { setTimeout as delay } from 'node:timers/promises';
import { CommandError, EXIT_CODE } from '../cli/exit-code.ts';
import { findFreePort } from './free-port.ts';
import type { ClusterPlan } from './initialise-cluster.ts';
import type { PostgresControl } from './provider.ts';
import { endServer, killServer, pauseServer, resumeServer } from './server-processes.ts';
import { type Postmaster, type StartFailure, startPostmaster } from './start-postmaster.ts';

const PORT_ATTEMPTS = 5;
/** A port of ours that was free for a moment may serve a connection of somebody else for as long as that needs it. */
const PORT_WAIT_MS = 15_000;
const PORT_RETRY_MS = 100;
/** A fast shutdown writes a checkpoint. */
const STOP_LIMIT_MS = 30_000;

/** A cluster that listens on 127.0.0.1, or can be made to. Disposing it ends it at once: its data are thrown away. */
export class EmbeddedCluster implements PostgresControl, AsyncDisposable {
  readonly port: number;
  readonly #plan: ClusterPlan;
  #postmaster: Postmaster;
  #killed = false;

  /** For {@link startCluster}. */
  constructor(plan: ClusterPlan, port: number, postmaster: Postmaster) {
    this.#plan = plan;
    this.port = port;
    this.#postmaster = postmaster;
  }

  /** The postmaster that runs now; undefined while there is none. */
  get pid(): number | undefined {
    return this.#postmaster.hasEnded() ? undefined : this.#postmaster.pid;
  }

  async kill(): Promise<void> {
    const pid = this.#runningPid();
    this.#killed = true;
    await killServer(pid);
    await this.#postmaster.ended;
  }

  async stop(): Promise<void> {
    const pid = this.#runningPid();
    process.kill(pid, 'SIGINT');
    const timer = new AbortController();
    const late = delay(STOP_LIMIT_MS, true, { signal: timer.signal }).catch(() => true);
    const isLate = await Promise.race([this.#postmaster.ended, late]);
    timer.abort();
    if (isLate === true) throw new Error(`PostgreSQL did not stop within ${STOP_LIMIT_MS / 1000} s`);
  }

  async start(): Promise<void> {
    if (this.pid !== undefined) throw new Error('PostgreSQL runs already');
    const deadline = performance.now() + PORT_WAIT_MS;
    for (;;) {
      const started = await startPostmaster(this.#plan, this.port);
      if ('pid' in started) {
        this.#postmaster = started;
        this.#killed = false;
        return;
      }
      if (!started.portTaken || performance.now() > deadline) throw explain(started, this.#plan);
      await delay(PORT_RETRY_MS);
    }
  }

  async pause(): Promise<void> {
    await pauseServer(this.#runningPid());
  }

  /** Nothing happens to a server that runs, or that has ended meanwhile. */
  async resume(): Promise<void> {
    if (this.pid !== undefined) await resumeServer(this.pid);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // A killed server leaves its shared memory to the next one, and only that one can remove it.
    if (this.#killed && this.pid === undefined) await this.start().catch(() => undefined);
    if (this.pid === undefined) return;
    await endServer(this.pid);
    await this.#postmaster.ended;
  }

  #runningPid(): number {
    if (this.pid === undefined) throw new Error('PostgreSQL is down already');
    return this.pid;
  }
}

/**
 * Starts the postmaster on a free port of 127.0.0.1 and waits until it is ready.
 * Throws CommandError (unavailable) with the end of its log when it is not ready in time or ends.
 */
export async function startCluster(plan: ClusterPlan): Promise<EmbeddedCluster> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await findFreePort();
    const started = await startPostmaster(plan, port);
    if ('pid' in started) return new EmbeddedCluster(plan, port, started);
    // Somebody took the port between our look and the server's bind.
    if (started.portTaken && attempt < PORT_ATTEMPTS) continue;
    throw explain(started, plan);
  }
}

function explain({ failure }: StartFailure, { logFile }: ClusterPlan): CommandError {
  return new CommandError(EXIT_CODE.unavailable, `embedded PostgreSQL did not start: ${failure}`, {
    hint: `its log says why: ${logFile}`,
  });
}
