/** One that asked while others were looking. */
interface Queued<Found> {
  /** How many had asked before it. */
  readonly number: number;
  readonly look: () => Promise<Found | undefined>;
  readonly resolve: (found: Promise<Found | undefined> | undefined) => void;
}

interface Lane<Found> {
  underWay: number;
  /** Looks that may be under way now. */
  limit: number;
  waiting: Queued<Found>[];
}

/** Looks for one key that may be under way at once: these in the beginning and after a vain one, one more after each other. */
export interface GateLimits {
  readonly fewest: number;
  readonly most: number;
}

/**
 * Lets few look for the same thing at once, the others in turn behind them. A look that finds nothing answers everybody
 * who had asked before it began: nothing was there after they asked. So a crowd of consumers that polls in vain costs no
 * more than a few of them: with 16 consumers on 10 partitions nearly every second pop was in vain. While there is enough
 * for all, more and more look at once, so that a database far away does not set the pace.
 */
export class PopGate<Found> {
  readonly #limits: GateLimits;
  readonly #lanes = new Map<string, Lane<Found>>();
  #asked = 0;

  constructor(limits: GateLimits) {
    this.#limits = limits;
  }

  /** What `look` finds; undefined when nothing is there. @throws what `look` threw. */
  run(key: string, look: () => Promise<Found | undefined>): Promise<Found | undefined> {
    const lane = this.#lanes.get(key) ?? { underWay: 0, limit: this.#limits.fewest, waiting: [] };
    this.#lanes.set(key, lane);
    if (lane.underWay < lane.limit) return this.#look(key, lane, look);
    return new Promise((resolve) => {
      this.#asked += 1;
      lane.waiting.push({ number: this.#asked, look, resolve });
    });
  }

  async #look(key: string, lane: Lane<Found>, look: () => Promise<Found | undefined>): Promise<Found | undefined> {
    const askedBefore = this.#asked;
    lane.underWay += 1;
    try {
      const found = await look();
      const { fewest, most } = this.#limits;
      lane.limit = found === undefined ? fewest : Math.min(lane.limit + 1, most);
      if (found === undefined) {
        while ((lane.waiting[0]?.number ?? Infinity) <= askedBefore) lane.waiting.shift()?.resolve(undefined);
      }
      return found;
    } finally {
      lane.underWay -= 1;
      while (lane.underWay < lane.limit) {
        const next = lane.waiting.shift();
        if (next === undefined) break;
        next.resolve(this.#look(key, lane, next.look));
      }
      if (lane.underWay === 0) this.#lanes.delete(key);
    }
  }
}
