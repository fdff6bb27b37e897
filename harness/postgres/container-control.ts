import { setTimeout as delay } from 'node:timers/promises';
import type { ContainerRuntimeClient } from 'testcontainers';
import { withAdminSession } from './admin-session.ts';
import type { ConnectionTarget, PostgresControl } from './provider.ts';

const STOP_LIMIT_MS = 30_000;
const START_LIMIT_MS = 60_000;
const POLL_INTERVAL_MS = 50;

type ContainerHandle = ReturnType<ContainerRuntimeClient['container']['getById']>;

/**
 * Hands on a container whose main process is the postmaster. The container's port must be bound to one of the host's:
 * the runtime would choose another one at every start. Signals go to the main process, and what ends it ends all the
 * processes of the container.
 */
export class ContainerControl implements PostgresControl {
  readonly #container: ContainerHandle;
  readonly #admin: ConnectionTarget;
  readonly #followLog: (sinceS: number) => Promise<void>;
  #paused = false;

  /** `followLog` is asked for what a new start writes: the runtime's stream ends with the main process. */
  constructor(container: ContainerHandle, admin: ConnectionTarget, followLog: (sinceS: number) => Promise<void>) {
    this.#container = container;
    this.#admin = admin;
    this.#followLog = followLog;
  }

  async kill(): Promise<void> {
    await this.#requireRunning();
    await this.#container.kill({ signal: 'SIGKILL' });
    await this.#untilEnded();
  }

  async stop(): Promise<void> {
    await this.#requireRunning();
    // The stop signal of an image need not be the one for a fast shutdown.
    await this.#container.kill({ signal: 'SIGINT' });
    await this.#untilEnded();
  }

  async start(): Promise<void> {
    await this.#container.start();
    const { State } = await this.#container.inspect();
    await this.#followLog(new Date(State.StartedAt).getTime() / 1000);
    const deadline = performance.now() + START_LIMIT_MS;
    for (;;) {
      const failure = await withAdminSession(this.#admin, (client) => client.query('SELECT 1')).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (failure === undefined) return;
      if (performance.now() > deadline) {
        throw new Error(`PostgreSQL does not answer ${START_LIMIT_MS / 1000} s after its start`, { cause: failure });
      }
      await delay(POLL_INTERVAL_MS);
    }
  }

  async pause(): Promise<void> {
    await this.#container.pause();
    this.#paused = true;
  }

  /** Nothing happens to a server that runs, or that has ended meanwhile. */
  async resume(): Promise<void> {
    if (!this.#paused) return;
    this.#paused = false;
    const { State } = await this.#container.inspect();
    if (State.Paused) await this.#container.unpause();
  }

  async #requireRunning(): Promise<void> {
    const { State } = await this.#container.inspect();
    if (!State.Running) throw new Error('PostgreSQL is down already');
  }

  async #untilEnded(): Promise<void> {
    const deadline = performance.now() + STOP_LIMIT_MS;
    while ((await this.#container.inspect()).State.Running) {
      if (performance.now() > deadline) throw new Error(`PostgreSQL did not stop within ${STOP_LIMIT_MS / 1000} s`);
      await delay(POLL_INTERVAL_MS);
    }
  }
}
