import { setTimeout as delay } from 'node:timers/promises';
import type { ConnectionTarget } from '../postgres/provider.ts';
import { OutsideSession, untilGone } from './outside-session.ts';

const INTRUDER_NAME = 'queueproof-intruder';
const LOOK_INTERVAL_MS = 25;

/** Without the right to see more, other roles' sessions have no type; those in a database count then. */
const PRESENT = `
  SELECT count(*)::int AS present
    FROM pg_stat_activity
   WHERE coalesce(backend_type = 'client backend', datname IS NOT NULL)`;

export interface IntruderOptions {
  readonly target: ConnectionTarget;
  /** Sessions that ordinary roles can have at all. */
  readonly slots: number;
  /** How many to take; undefined: all that are free, and all that become free. */
  readonly count: number | undefined;
}

/** Takes connection slots from others, and holds them until it is closed. */
export class ConnectionIntruder {
  readonly #options: IntruderOptions;
  readonly #watcher: OutsideSession;
  readonly #leaving = new AbortController();
  #taken: readonly OutsideSession[] = [];
  #taking: Promise<void> = Promise.resolve();

  private constructor(watcher: OutsideSession, options: IntruderOptions) {
    this.#watcher = watcher;
    this.#options = options;
  }

  /** Takes what is to be had now. Throws what the driver throws when it cannot even look. */
  static async enter(options: IntruderOptions): Promise<ConnectionIntruder> {
    const intruder = new ConnectionIntruder(await OutsideSession.open(options.target), options);
    try {
      await intruder.#take();
    } catch (error) {
      await intruder.leave();
      throw error;
    }
    if (options.count === undefined) intruder.#taking = intruder.#keepTaking();
    return intruder;
  }

  /** Slots it holds. */
  get size(): number {
    return this.#taken.filter(({ isCut }) => !isCut).length;
  }

  /** Gives all slots back; resolves when PostgreSQL is seen to have none of the sessions. */
  async leave(): Promise<void> {
    this.#leaving.abort();
    await this.#taking;
    await Promise.all(this.#taken.map((session) => session.hangUp()));
    await this.#watcher.hangUp();
    await untilGone(this.#options.target, [...this.#taken, this.#watcher]);
  }

  async #keepTaking(): Promise<void> {
    const { signal } = this.#leaving;
    while (!signal.aborted) {
      await delay(LOOK_INTERVAL_MS, undefined, { signal }).catch(() => undefined);
      // PostgreSQL itself may be gone for a while, and so may the watcher for ever: the intruder then holds nothing.
      if (!signal.aborted) await this.#take().catch(() => undefined);
    }
  }

  async #take(): Promise<void> {
    const { target, slots, count = Number.POSITIVE_INFINITY } = this.#options;
    const [row] = await this.#watcher.query<{ present: number }>(PRESENT);
    const free = Math.max(0, slots - (row?.present ?? slots));
    const wanted = Math.min(free, count - this.size);
    const attempts = await Promise.allSettled(
      Array.from({ length: wanted }, () => OutsideSession.open(target, INTRUDER_NAME)),
    );
    // Others may have been quicker: then there is one the less to take.
    this.#taken = [
      ...this.#taken,
      ...attempts.flatMap((attempt) => (attempt.status === 'fulfilled' ? [attempt.value] : [])),
    ];
  }
}
