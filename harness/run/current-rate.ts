interface Reading {
  readonly total: number;
  readonly atMs: number;
}

/** Long enough that batches and bursts do not make it jump, short enough to be "now". */
const WINDOW_MS = 1000;

/** How fast a total grows now, from what it was told over the last second. */
export class CurrentRate {
  readonly #readings: Reading[] = [{ total: 0, atMs: 0 }];

  /** The total at a time since its beginning; answers with its growth per second. */
  take(total: number, atMs: number): number {
    this.#readings.push({ total, atMs });
    // The last reading that is a window old stays: from it the window is whole.
    while ((this.#readings[1]?.atMs ?? atMs) <= atMs - WINDOW_MS) this.#readings.shift();
    const [first] = this.#readings;
    const lengthMs = atMs - (first?.atMs ?? atMs);
    return lengthMs > 0 ? ((total - (first?.total ?? total)) * 1000) / lengthMs : 0;
  }
}
