import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../log.ts';
import type { FailedRecords } from './failed-records.ts';
import type { FileBuffer } from './file-buffer.ts';
import { recordKey } from './record.ts';
import type { RouteControl } from './route-control.ts';
import type { LoggedRecord } from './segment-log.ts';
import type { ReplayOutcome } from './services.ts';

export interface DrainOptions {
  readonly buffer: FileBuffer;
  readonly failed: FailedRecords;
  readonly route: RouteControl;
  /** Whether every worker can reach PostgreSQL. */
  readonly allReachPostgres: () => Promise<boolean>;
  readonly log: Logger;
}

/** Of one replay: bounds what is repeated when a worker dies. */
const MAX_RECORDS = 2_000;
const MAX_CHARACTERS = 2 * 2 ** 20;
/** A rest this small is drained while new pushes wait. */
const SMALL_REST = 2_000;
/** A backlog that has not become smaller for this long would never: new pushes wait until it is drained. */
const STALLED_AFTER_MS = 3_000;
/** Pause after PostgreSQL was found away. */
const OUTAGE_PAUSE_MS = 100;
/** Pause before what failed for the moment is tried again. */
const RETRY_PAUSE_MS = 500;
/** Longest wait for a worker; it bounds its statements itself. */
const REPLAY_TIMEOUT_MS = 60_000;

/**
 * Carries the buffer's records to PostgreSQL, in order, and closes the buffer when they are all there. It works whenever the
 * route is not direct, except in maintenance.
 */
export class Drain {
  readonly #options: DrainOptions;
  readonly #stopping = new AbortController();
  #wake = Promise.withResolvers<void>();
  /** Read and not settled; before everything that will be read. */
  #open: readonly LoggedRecord[] = [];
  #turn = 0;
  #lowest = { pending: Number.POSITIVE_INFINITY, at: 0 };
  #running: Promise<void> | undefined;

  constructor(options: DrainOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** The route has changed: there may be something to do. */
  wake(): void {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }

  /** Ends after the step under way. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.wake();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const { route, maintenance } = this.#options.route.state;
      if (route === 'direct' || (maintenance && route === 'buffering')) {
        this.#lowest = { pending: Number.POSITIVE_INFINITY, at: 0 };
        await this.#wake.promise;
        continue;
      }
      const pauseMs = await this.#stepOrPause();
      // At least a turn of the event loop: a step that finds nothing to read waits for nothing, and the write it waits for
      // would never come in.
      await delay(Math.max(1, pauseMs), undefined, { signal }).catch(() => undefined);
    }
  }

  async #stepOrPause(): Promise<number> {
    try {
      return await this.#step();
    } catch (error) {
      // The buffer's own disk: what was read stays open and is replayed once more.
      this.#options.log.error({ event: 'drain-failed', err: error }, 'could not drain the file buffer');
      this.#reopen();
      return RETRY_PAUSE_MS;
    }
  }

  /** One replay. Returns for how long to pause. */
  async #step(): Promise<number> {
    const { buffer, route } = this.#options;
    if (this.#open.length < MAX_RECORDS) {
      const news = await buffer.read(MAX_RECORDS - this.#open.length, MAX_CHARACTERS);
      this.#open = [...this.#open, ...news];
    }
    // It may have been switched on while the disk was read.
    if (route.state.maintenance) return 0;
    const outcomes = await this.#replay(this.#open.map(({ text }) => text));
    await this.#settle(this.#open, outcomes);
    if (outcomes.some(({ status }) => status === 'unavailable')) {
      this.#reopen();
      return OUTAGE_PAUSE_MS;
    }
    if (this.#open.length > 0) {
      this.#reopen();
      return RETRY_PAUSE_MS;
    }
    if (route.state.route === 'closing') return this.#finish();
    return await this.#closeWhenNearlyDone();
  }

  /** New pushes must not wait for what takes longer. */
  #reopen(): void {
    const { route } = this.#options;
    if (route.state.route === 'closing') route.change({ route: 'buffering' });
  }

  #finish(): number {
    const { buffer, route } = this.#options;
    // A push that was on its way to PostgreSQL when that broke may still come in.
    if (!buffer.isEmpty) return 0;
    route.change({ route: 'direct' });
    return 0;
  }

  async #closeWhenNearlyDone(): Promise<number> {
    const { buffer, route, allReachPostgres } = this.#options;
    const now = performance.now();
    if (buffer.pending < this.#lowest.pending) this.#lowest = { pending: buffer.pending, at: now };
    const isNearlyDone = buffer.pending <= SMALL_REST || now - this.#lowest.at > STALLED_AFTER_MS;
    if (!isNearlyDone) return 0;
    if (!(await allReachPostgres())) return OUTAGE_PAUSE_MS;
    const { route: now_, maintenance } = route.state;
    if (now_ !== 'buffering' || maintenance || this.#stopping.signal.aborted) return 0;
    route.change({ route: 'closing' });
    await route.known;
    return 0;
  }

  /** By one worker, another one each time. A worker that dies or hangs leaves everything open. */
  async #replay(records: readonly string[]): Promise<readonly ReplayOutcome[]> {
    if (records.length === 0) return [];
    const unavailable = records.map((): ReplayOutcome => ({ status: 'unavailable' }));
    const { members } = this.#options.route;
    this.#turn += 1;
    const member = members[this.#turn % members.length];
    if (member === undefined) return unavailable;
    const bound = new AbortController();
    try {
      const expired = delay(REPLAY_TIMEOUT_MS, unavailable, { signal: bound.signal });
      expired.catch(() => undefined);
      return await Promise.race([member.line.call('replay', records), expired]);
    } catch (error) {
      this.#options.log.warn({ err: error, number: member.number }, 'a worker could not replay buffered messages');
      return unavailable;
    } finally {
      bound.abort();
    }
  }

  async #settle(records: readonly LoggedRecord[], outcomes: readonly ReplayOutcome[]): Promise<void> {
    const { buffer, failed, log } = this.#options;
    const poisoned = records.flatMap(({ text }, index) => {
      const outcome = outcomes[index];
      return outcome?.status === 'failed' ? [{ id: recordKey(text), text, reason: outcome.reason }] : [];
    });
    if (poisoned.length > 0) {
      await failed.add(poisoned);
      const reasons = [...new Set(poisoned.map(({ reason }) => reason))];
      log.error({ event: 'buffer-poisoned', messages: poisoned.length, reasons }, 'set aside what cannot be stored');
    }
    const [reason] = outcomes.flatMap((outcome) => (outcome.status === 'retry' ? [outcome.reason] : []));
    if (reason !== undefined) log.warn({ reason }, 'buffered messages could not be stored yet');
    const left = records.filter((_, index) => {
      const status = outcomes[index]?.status ?? 'unavailable';
      return status === 'unavailable' || status === 'retry';
    });
    const done = records.length - left.length;
    if (done > 0) await buffer.settle(done, left[0]?.start);
    this.#open = left;
  }
}
