import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../log.ts';
import { PoolMember } from './pool-member.ts';
import { ReconnectGate } from './reconnect-gate.ts';
import { type DatabaseAddress, openSession, replyTimeoutMs, type SessionSettings } from './session.ts';

/** How connections are opened. */
export interface OpeningOptions {
  readonly address: DatabaseAddress;
  readonly settings: SessionSettings;
  readonly log: Logger;
  /** 0 ≤ n < 1; spreads reconnects. */
  readonly random: () => number;
  /** Longest pause between two attempts to reconnect; 200 ms when it is absent. */
  readonly reconnectPauseMs?: number;
  /** Resolves when another pool has got in: the pause is over. */
  readonly retryEarly?: () => Promise<void>;
}

interface OpenerOptions extends OpeningOptions {
  readonly onBroken: (member: PoolMember) => void;
  readonly onOpened: (member: PoolMember) => Promise<void>;
  readonly onFailure: (error: unknown) => void;
}

const RECONNECT_FIRST_PAUSE_MS = 50;
/** One attempt at a time, so this is also how late the end of an outage is noticed at most. */
const RECONNECT_LAST_PAUSE_MS = 200;

/**
 * Opens a pool's connections, each until it succeeds or the pool closes: a few at a time, one while PostgreSQL lets nobody
 * in, with growing pauses.
 */
export class MemberOpener {
  readonly #options: OpenerOptions;
  readonly #gate = new ReconnectGate();
  readonly #stopping = new AbortController();
  readonly #stopped = Promise.withResolvers<void>();
  /** Attempts under way, so that {@link settled} leaves none behind. */
  readonly #openings = new Set<Promise<void>>();

  constructor(options: OpenerOptions) {
    this.#options = options;
  }

  /** Opens one connection, not before `after`; resolves when it has been handed over, or when it never will be. */
  open(after?: Promise<unknown>): Promise<void> {
    const opening = this.#openMember(after).finally(() => this.#openings.delete(opening));
    this.#openings.add(opening);
    return opening;
  }

  /** Gives up whatever has not begun yet. */
  stop(): void {
    this.#stopping.abort();
    this.#stopped.resolve();
    this.#gate.open();
  }

  /** Resolves when nothing is being opened any more. */
  async settled(): Promise<void> {
    await Promise.all(this.#openings);
  }

  async #openMember(after: Promise<unknown> | undefined): Promise<void> {
    const { address, settings, log, onBroken, onOpened, onFailure } = this.#options;
    if (after !== undefined) await Promise.race([after, this.#stopped.promise]);
    const ticket = Symbol('opening');
    for (let attempt = 0; ; attempt += 1) {
      await this.#gate.enter(ticket);
      try {
        if (this.#stopping.signal.aborted) return;
        const client = await openSession(address, settings);
        const member = new PoolMember(client, { address, replyTimeoutMs: replyTimeoutMs(settings), onBroken });
        this.#gate.open();
        await onOpened(member);
        return;
      } catch (error) {
        log.warn({ err: error, attempt }, 'could not open a database connection, trying again');
        this.#gate.shut(ticket);
        onFailure(error);
      } finally {
        this.#gate.leave();
      }
      if (this.#gate.admits(ticket)) await this.#pauseBeforeReconnect(attempt);
    }
  }

  async #pauseBeforeReconnect(attempt: number): Promise<void> {
    const { random, retryEarly, reconnectPauseMs = RECONNECT_LAST_PAUSE_MS } = this.#options;
    const fullMs = Math.min(RECONNECT_FIRST_PAUSE_MS * 2 ** attempt, reconnectPauseMs);
    const jitteredMs = fullMs * (0.5 + random() / 2);
    const pause = delay(jitteredMs, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
    await (retryEarly === undefined ? pause : Promise.race([pause, retryEarly()]));
  }
}
