import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { ConnectionLostError } from '../sql/sqlstate.ts';
import { MemberOpener, type OpeningOptions } from './member-opener.ts';
import { OutageSignal } from './outage-signal.ts';
import type { PoolMember, Statement } from './pool-member.ts';
import { PoolCounters, type PoolStatistics } from './pool-statistics.ts';
import { PooledConnection } from './pooled-connection.ts';
import { answers } from './probe.ts';
import { WaiterQueue, type WaitLimits } from './waiter-queue.ts';

export interface PoolOptions extends OpeningOptions {
  /** Connections, opened at once and kept open. */
  readonly size: number;
  /** Longest wait for a connection unless the caller says otherwise. */
  readonly acquireTimeoutMs: number;
  /** Nothing is opened before this; at once when it is absent. */
  readonly openAfter?: Promise<unknown>;
  /** Called when an outage begins and when it ends. */
  readonly onOutage?: (isOut: boolean) => void;
  /** Called when {@link AsyncDbPool.cutIfSilent} has cut everything. */
  readonly onCut?: () => void;
}

/** The pool takes no more work. */
export class PoolClosedError extends Error {
  override readonly name = 'PoolClosedError';
}

/** Results still on their way at release get this long to arrive. */
const CLEAN_TIMEOUT_MS = 1_000;
/**
 * This long after an attempt that failed, and still without any connection, PostgreSQL is away. Terminating every backend is
 * no outage: the attempts to replace them do not fail.
 */
const OUTAGE_AFTER_MS = 300;

/**
 * A fixed number of PostgreSQL connections, lent one at a time in the order of asking.
 *
 * A connection never comes back dirty: results on their way are read to the end, an open transaction is rolled back,
 * and what cannot be cleaned is discarded and replaced in the background by one with the same session settings. The
 * pool keeps trying while PostgreSQL is away, with one connection at a time; when that gets in, the others follow at once.
 */
export class AsyncDbPool implements AsyncDisposable {
  readonly #options: PoolOptions;
  readonly #members = new Set<PoolMember>();
  readonly #idle: PoolMember[] = [];
  readonly #waiters = new WaiterQueue<PoolMember>();
  readonly #counters = new PoolCounters();
  readonly #closing = new AbortController();
  readonly #opener: MemberOpener;
  readonly #firstOpening: Promise<unknown>;
  readonly #outage: OutageSignal;
  #probing: Promise<void> | undefined;
  /** Wakes {@link close} whenever a member has left for good. */
  #onMemberGone: () => void = () => undefined;

  /** Starts opening all connections, in parallel; {@link ready} tells when they are there. */
  constructor(options: PoolOptions) {
    this.#options = options;
    this.#outage = new OutageSignal(OUTAGE_AFTER_MS, options.onOutage);
    // Until it may open connections, the pool is what it is without PostgreSQL.
    if (options.openAfter !== undefined) {
      this.#outage.begin(new ConnectionLostError('The database is not open yet.'));
      void options.openAfter.then(() => this.#outage.end());
    }
    this.#opener = new MemberOpener({
      ...options,
      onBroken: (member) => this.#onBroken(member),
      onOpened: (member) => this.#admit(member),
      onFailure: (error) => {
        if (this.#members.size === 0) this.#outage.suspect(error);
      },
    });
    this.#firstOpening = Promise.all(Array.from({ length: options.size }, () => this.#opener.open(options.openAfter)));
  }

  /** Aborted while PostgreSQL lets nobody in and no connection is left; a new signal each time that ends. */
  get outage(): AbortSignal {
    return this.#outage.signal;
  }

  /** Resolves when every connection has been opened once. */
  async ready(): Promise<void> {
    await this.#firstOpening;
  }

  /**
   * Borrows a connection; the longest waiter is served first.
   *
   * @throws PoolTimeoutError, PoolClosedError, or the signal's reason.
   */
  async acquire(limits: Partial<WaitLimits> = {}): Promise<PooledConnection> {
    if (this.#closing.signal.aborted) throw new PoolClosedError('The database pool is closed.');
    limits.signal?.throwIfAborted();
    const idle = this.#idle.pop();
    if (idle !== undefined) {
      this.#counters.recordWait(0);
      return this.#lend(idle);
    }
    const askedAt = performance.now();
    const member = await this.#waiters.wait({
      timeoutMs: limits.timeoutMs ?? this.#options.acquireTimeoutMs,
      signal: limits.signal,
    });
    this.#counters.recordWait(performance.now() - askedAt);
    return this.#lend(member);
  }

  /** Borrows a connection for one statement. */
  async query<Row extends pg.QueryResultRow>(
    statement: Statement,
    limits?: Partial<WaitLimits>,
  ): Promise<pg.QueryResult<Row>> {
    await using connection = await this.acquire(limits);
    return await connection.query<Row>(statement);
  }

  /**
   * For callers that have had no answer for suspiciously long: tries another connection, and when that is silent too, cuts
   * them all, so that every statement under way is rejected. A statement that waits for a lock is left alone.
   */
  cutIfSilent(): Promise<void> {
    this.#probing ??= this.#cutUnlessAlive().finally(() => {
      this.#probing = undefined;
    });
    return this.#probing;
  }

  /** Cuts every connection at once; they are replaced. */
  cutAll(): void {
    for (const member of [...this.#members]) {
      const position = this.#idle.indexOf(member);
      if (position !== -1) this.#idle.splice(position, 1);
      this.#discard(member);
    }
  }

  statistics(): PoolStatistics {
    const { opened, drained, rolledBack, discarded } = this.#counters;
    return {
      size: this.#members.size,
      idle: this.#idle.length,
      inUse: this.#members.size - this.#idle.length,
      waiting: this.#waiters.length,
      opened,
      drained,
      rolledBack,
      discarded,
      acquireWaitUs: this.#counters.acquireWaitUs(),
    };
  }

  /**
   * Turns waiters away, waits for borrowed connections to come back and closes everything; connections that do not come
   * back within the bound are cut.
   */
  async close(timeoutMs: number): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    this.#opener.stop();
    this.#outage.end();
    this.#waiters.rejectAll(new PoolClosedError('The database pool is closed.'));
    const allGone = new Promise<void>((resolve) => {
      this.#onMemberGone = () => {
        if (this.#members.size === 0) resolve();
      };
    });
    await Promise.all(this.#idle.splice(0).map((member) => this.#retire(member, timeoutMs)));
    if (this.#members.size > 0) {
      const bound = new AbortController();
      await Promise.race([allGone, delay(timeoutMs, undefined, { signal: bound.signal }).catch(() => undefined)]);
      bound.abort();
    }
    for (const member of this.#members) member.destroy();
    this.#members.clear();
    await this.#opener.settled();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close(CLEAN_TIMEOUT_MS);
  }

  #lend(member: PoolMember): PooledConnection {
    return new PooledConnection(member, (returned) => this.#takeBack(returned));
  }

  async #admit(member: PoolMember): Promise<void> {
    this.#members.add(member);
    this.#counters.opened += 1;
    this.#outage.end();
    await this.#offer(member);
  }

  async #takeBack(member: PoolMember): Promise<void> {
    if (!member.broken && member.isClean) {
      await this.#offer(member);
      return;
    }
    const cleaning = await member.clean(CLEAN_TIMEOUT_MS);
    if (cleaning.drained) this.#counters.drained += 1;
    if (cleaning.rolledBack) this.#counters.rolledBack += 1;
    if (cleaning.dirty) this.#discard(member);
    else await this.#offer(member);
  }

  /**
   * To the longest waiter, else to the idle ones; the last used is lent first. A session that has run a statement before runs
   * it faster: PostgreSQL plans each statement in each session up to six times.
   */
  async #offer(member: PoolMember): Promise<void> {
    if (this.#closing.signal.aborted) await this.#retire(member, CLEAN_TIMEOUT_MS);
    else if (!this.#waiters.serve(member)) this.#idle.push(member);
  }

  #onBroken(member: PoolMember): void {
    const position = this.#idle.indexOf(member);
    // One that is lent out is found broken when it is given back.
    if (position === -1) return;
    this.#idle.splice(position, 1);
    this.#discard(member);
  }

  #discard(member: PoolMember): void {
    if (!this.#members.delete(member)) return;
    this.#counters.discarded += 1;
    member.destroy();
    this.#onMemberGone();
    if (!this.#closing.signal.aborted) void this.#opener.open();
  }

  async #retire(member: PoolMember, timeoutMs: number): Promise<void> {
    await member.end(timeoutMs);
    this.#members.delete(member);
    this.#onMemberGone();
  }

  async #cutUnlessAlive(): Promise<void> {
    const { address, settings, log, onCut } = this.#options;
    const idle = this.#idle.shift();
    if (await answers(idle === undefined ? undefined : this.#lend(idle), address, settings)) return;
    if (this.#closing.signal.aborted) return;
    log.error({ event: 'database-silent' }, 'PostgreSQL does not answer any more; cutting all connections');
    this.#outage.begin(new ConnectionLostError('PostgreSQL does not answer.'));
    this.cutAll();
    onCut?.();
  }
}
