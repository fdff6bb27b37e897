/** The place of one who takes turns with others. Disposing it gives the place up. */
export interface Turn extends Disposable {
  /** Hands on the turn that it has, if it has one, and waits for its next one. Throws the signal's reason on abort. */
  next(): Promise<void>;
}

/**
 * Who may do something, of several that are under way at once: never two, and in an order that is fixed beforehand. A place
 * that was given up is passed over.
 */
export class Turns {
  readonly #order: readonly number[];
  readonly #signal: AbortSignal;
  readonly #gone = new Set<number>();
  readonly #waiting = new Map<number, () => void>();
  #position = 0;

  /** `order` names the place of every turn. */
  constructor(order: readonly number[], signal: AbortSignal) {
    this.#order = order;
    this.#signal = signal;
  }

  /** Takes a place, which nobody else may have. */
  join(place: number): Turn {
    let hasTurn = false;
    const handOn = () => {
      if (hasTurn) this.#position += 1;
      hasTurn = false;
      this.#callNext();
    };
    return {
      next: async () => {
        handOn();
        await this.#wait(place);
        hasTurn = true;
      },
      [Symbol.dispose]: () => {
        this.#gone.add(place);
        handOn();
      },
    };
  }

  #callNext(): void {
    while (this.#gone.has(this.#order[this.#position] ?? Number.NaN)) this.#position += 1;
    const place = this.#order[this.#position];
    if (place !== undefined) this.#waiting.get(place)?.();
  }

  async #wait(place: number): Promise<void> {
    this.#signal.throwIfAborted();
    if (this.#order[this.#position] === place) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const abort = () => reject(this.#signal.reason);
    this.#signal.addEventListener('abort', abort, { once: true });
    this.#waiting.set(place, resolve);
    try {
      await promise;
    } finally {
      this.#waiting.delete(place);
      this.#signal.removeEventListener('abort', abort);
    }
  }
}

/**
 * The order of so many places of which each has something to begin with, `slices` pieces of work, and something to end with:
 * slices go forwards and backwards in turn, so that what drifts evenly hits all places alike.
 */
export function sliceOrder(places: number, slices: number): readonly number[] {
  const forwards = Array.from({ length: places }, (_, place) => place);
  const backwards = forwards.toReversed();
  const rounds = Array.from({ length: slices }, (_, slice) => (slice % 2 === 0 ? forwards : backwards));
  return [...forwards, ...rounds.flat(), ...forwards];
}
