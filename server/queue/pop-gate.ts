/** One that asked while others were looking. */
interface Queued<Found> {
  /** How many had asked before it. */
  readonly number: number;
  readonly look: () => Promise<Found | undefined>;
  readonly resolve: (found: Promise<Found | undefined> | undefined) => void;
}

interface Lane<Found> {
  underWay: number;
  waiting: Queued<Found>[];
}

/**
 * Lets few look for the same thing at once, the others in turn behind them. A look that finds nothing answers everybody
 * who had asked before it began: nothing was there after they asked. So a crowd of consumers that polls in vain costs no
 * more than a few of them: with 16 consumers on 10 partitions nearly every second pop was in vain.
 */
export class PopGate<Found> {
  readonly #maxAtOnce: number;
  readonly #lanes = new Map<string, Lane<Found>>();
  #asked = 0;

  /** `maxAtOnce`: looks under way for one key. */
  constructor(maxAtOnce: number) {
    this.#maxAtOnce = maxAtOnce;
  }

  /** What `look` finds; undefined when nothing is there. @throws what `look` threw. */
  run(key: string, look: () => Promise<Found | undefined>): Promise<Found | undefined> {
    const lane = this.#lanes.get(key) ?? { underWay: 0, waiting: [] };
    this.#lanes.set(key, lane);
    if (lane.underWay < this.#maxAtOnce) return this.#look(key, lane, look);
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
      if (found === undefined) {
        while ((lane.waiting[0]?.number ?? Infinity) <= askedBefore) lane.waiting.shift()?.resolve(undefined);
      }
      return found;
    } finally {
      lane.underWay -= 1;
      const next = lane.waiting.shift();
      if (next !== undefined) next.resolve(this.#look(key, lane, next.look));
      else if (lane.underWay === 0) this.#lanes.delete(key);
    }
  }
}
