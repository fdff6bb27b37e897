/** Something that only grows, read at a moment; microseconds on the monotonic clock. */
export interface ReadingAt<Value> {
  readonly atUs: number;
  readonly value: Value;
}

/**
 * Readings of a counter at every moment at which the measured window may begin or end. Which two of them count is known only
 * when the load has settled on its window: one that is unsteady moves on.
 */
export class WindowReadings<Value> {
  readonly #read: () => Promise<Value>;
  readonly #nowUs: () => number;
  readonly #readings: Promise<ReadingAt<Value>>[] = [];

  constructor(read: () => Promise<Value>, nowUs: () => number) {
    this.#read = read;
    this.#nowUs = nowUs;
  }

  /** Takes a reading; should it fail, {@link nearest} throws. */
  mark(): void {
    const reading = this.#take();
    // Nobody may ask for it: then its failure matters to nobody.
    reading.catch(() => undefined);
    this.#readings.push(reading);
  }

  /** The readings nearest to the two ends of the window, which were made before now; throws what a reading threw. */
  async nearest(fromUs: number, toUs: number): Promise<readonly [ReadingAt<Value>, ReadingAt<Value>]> {
    // A load that was over early made no mark at its end.
    this.mark();
    const readings = await Promise.all(this.#readings);
    return [nearestTo(fromUs, readings), nearestTo(toUs, readings)];
  }

  /** In the middle of reading: so much of it is before as after. */
  async #take(): Promise<ReadingAt<Value>> {
    const beganUs = this.#nowUs();
    const value = await this.#read();
    return { atUs: (beganUs + this.#nowUs()) / 2, value };
  }
}

function nearestTo<Value>(atUs: number, readings: readonly ReadingAt<Value>[]): ReadingAt<Value> {
  return readings.reduce((best, reading) =>
    Math.abs(reading.atUs - atUs) < Math.abs(best.atUs - atUs) ? reading : best,
  );
}
