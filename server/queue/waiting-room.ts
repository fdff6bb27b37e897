import { type PopTarget, targetKey } from '../sql/pop-target.ts';
import { wakeKeyOf } from '../wake/wake-key.ts';
import type { WakeLine } from '../wake/wake-line.ts';
import type { PopWish } from './consumption.ts';
import type { Delivery } from './pop.ts';
import { Waiter } from './waiter.ts';

export interface WaitingRoomOptions {
  /** Takes messages for one waiter; undefined when there are none, or it has gone meanwhile. */
  readonly pop: (waiter: Waiter) => Promise<Delivery | undefined>;
  /** Of these targets, those a pop might find something for. */
  readonly findReady: (targets: readonly PopTarget[]) => Promise<readonly PopTarget[]>;
  readonly line: WakeLine;
  readonly maxWaiters: number;
  /** Pops under way at once, all waiters together. */
  readonly maxPops: number;
  /**
   * How often the database is asked whether a wake was missed, a lease ran out, a delay or window ended, another server
   * pushed; that much later than due such things are noticed, times as many as there are {@link RECHECK_TARGETS}.
   */
  readonly recheckMs: number;
  readonly onError: (error: unknown) => void;
}

/** Targets of one recheck; more are asked for in turn, so that ten thousand cost no more than these. */
const RECHECK_TARGETS = 1_000;

/** No more consumers can wait here. */
export class WaitingRoomFullError extends Error {
  override readonly name = 'WaitingRoomFullError';
}

/** Waiters that any message of the target satisfies, in order of arrival. */
interface WaitingGroup {
  readonly target: PopTarget;
  readonly waiters: Set<Waiter>;
  /** There may be something that no pop has looked for yet. */
  stirred: boolean;
  serving: boolean;
}

/**
 * Where consumers wait that asked for messages when there were none. Waiting costs a timer and no connection. A wake, a
 * new waiter or the recheck stirs a group; then its waiters are served one after the other, each by its own pop and with
 * its own lease, until a pop finds nothing. A thousand waiters and one message cost two pops.
 */
export class WaitingRoom {
  readonly #options: WaitingRoomOptions;
  readonly #groups = new Map<string, WaitingGroup>();
  /** Groups by the key that wakes them. */
  readonly #byWakeKey = new Map<string, Set<WaitingGroup>>();
  readonly #stirred: WaitingGroup[] = [];
  readonly #pops = new Set<Promise<void>>();
  #waiting = 0;
  /** Position of the group that the next recheck begins with. */
  #recheckFrom = 0;
  #recheckTimer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: WaitingRoomOptions) {
    this.#options = options;
    options.line.listen((keys) => {
      for (const key of keys) for (const group of this.#byWakeKey.get(key) ?? []) this.#stir(group);
    });
  }

  /** Consumers that wait now. */
  get waiting(): number {
    return this.#waiting;
  }

  /**
   * Waits for messages; undefined when the time is up, the consumer has gone or the server stops.
   *
   * @throws WaitingRoomFullError, or what the pop threw.
   */
  async wait(wish: PopWish, timeoutMs: number, gone: AbortSignal): Promise<Delivery | undefined> {
    if (this.#closed || gone.aborted) return undefined;
    if (this.#waiting >= this.#options.maxWaiters) {
      throw new WaitingRoomFullError(`${this.#waiting} consumers are waiting already; try again later.`);
    }
    const group = this.#enter(wish.request.target);
    const waiter = new Waiter(wish, timeoutMs, gone);
    group.waiters.add(waiter);
    this.#waiting += 1;
    // Interest is known before the first look, so that what comes after the look wakes.
    this.#stir(group);
    this.#recheckTimer ??= setTimeout(() => void this.#recheck(), this.#options.recheckMs);
    try {
      return await waiter.outcome;
    } finally {
      this.#waiting -= 1;
      group.waiters.delete(waiter);
      this.#leaveIfEmpty(group);
    }
  }

  /** True when somebody waits for the same already, so that there is probably nothing. */
  isWaitedFor(target: PopTarget): boolean {
    return this.#groups.has(targetKey(target));
  }

  /** Sends everybody away; resolves when no pop is under way any more. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#recheckTimer);
    for (const group of this.#groups.values()) for (const waiter of group.waiters) waiter.leave();
    await Promise.all(this.#pops);
  }

  #enter(target: PopTarget): WaitingGroup {
    const key = targetKey(target);
    const known = this.#groups.get(key);
    if (known !== undefined) return known;
    const group: WaitingGroup = { target, waiters: new Set(), stirred: false, serving: false };
    this.#groups.set(key, group);
    const wakeKey = wakeKeyOf(target);
    const peers = this.#byWakeKey.get(wakeKey) ?? new Set();
    if (peers.size === 0) this.#options.line.setInterest(wakeKey, true);
    this.#byWakeKey.set(wakeKey, peers.add(group));
    return group;
  }

  #leaveIfEmpty(group: WaitingGroup): void {
    const key = targetKey(group.target);
    if (group.waiters.size > 0 || this.#groups.get(key) !== group) return;
    this.#groups.delete(key);
    const wakeKey = wakeKeyOf(group.target);
    const peers = this.#byWakeKey.get(wakeKey);
    peers?.delete(group);
    if (peers?.size !== 0) return;
    this.#byWakeKey.delete(wakeKey);
    this.#options.line.setInterest(wakeKey, false);
  }

  #stir(group: WaitingGroup): void {
    const queued = group.stirred;
    group.stirred = true;
    if (group.serving || queued) return;
    this.#stirred.push(group);
    this.#serveStirred();
  }

  #serveStirred(): void {
    while (this.#pops.size < this.#options.maxPops) {
      const group = this.#stirred.shift();
      if (group === undefined) return;
      group.serving = true;
      const serving = this.#serve(group).finally(() => {
        group.serving = false;
        this.#pops.delete(serving);
        if (group.stirred && group.waiters.size > 0) this.#stirred.push(group);
        else group.stirred = false;
        this.#serveStirred();
      });
      this.#pops.add(serving);
    }
  }

  /** One pop for the waiter that has waited longest; after a success there may be more, behind the other groups. */
  async #serve(group: WaitingGroup): Promise<void> {
    group.stirred = false;
    const waiter = firstPresent(group.waiters);
    if (waiter === undefined) return;
    try {
      const delivery = await this.#options.pop(waiter);
      // One that left meanwhile has its lease released by the pop: the next in line looks.
      if (delivery !== undefined || waiter.gone.aborted) group.stirred = true;
      if (delivery === undefined) return;
      group.waiters.delete(waiter);
      waiter.serve(delivery);
    } catch (error) {
      waiter.fail(error);
    }
  }

  #nextTargets(): readonly PopTarget[] {
    const groups = [...this.#groups.values()];
    if (this.#recheckFrom >= groups.length) this.#recheckFrom = 0;
    const next = groups.slice(this.#recheckFrom, this.#recheckFrom + RECHECK_TARGETS);
    this.#recheckFrom += RECHECK_TARGETS;
    return next.filter(({ serving }) => !serving).map(({ target }) => target);
  }

  async #recheck(): Promise<void> {
    try {
      const targets = this.#nextTargets();
      if (targets.length > 0) {
        for (const target of await this.#options.findReady(targets)) {
          const group = this.#groups.get(targetKey(target));
          if (group !== undefined) this.#stir(group);
        }
      }
    } catch (error) {
      this.#options.onError(error);
    }
    const again = this.#waiting > 0 && !this.#closed;
    this.#recheckTimer = again ? setTimeout(() => void this.#recheck(), this.#options.recheckMs) : undefined;
  }
}

/** The one that has waited longest; those that have left are about to be taken out. */
function firstPresent(waiters: ReadonlySet<Waiter>): Waiter | undefined {
  for (const waiter of waiters) if (!waiter.gone.aborted) return waiter;
  return undefined;
}
