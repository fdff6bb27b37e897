/** A counter at a time. */
interface Mark {
  readonly atMs: number;
  readonly total: number;
}

/** How fast a counter grows: over the time since the mark before the last, so over one to two marking intervals. */
export class RateMeter {
  #last: Mark;
  #beforeLast: Mark;

  constructor(nowMs: number) {
    this.#last = { atMs: nowMs, total: 0 };
    this.#beforeLast = this.#last;
  }

  mark(nowMs: number, total: number): void {
    this.#beforeLast = this.#last;
    this.#last = { atMs: nowMs, total };
  }

  perSecond(nowMs: number, total: number): number {
    const elapsedMs = nowMs - this.#beforeLast.atMs;
    return elapsedMs <= 0 ? 0 : ((total - this.#beforeLast.total) * 1000) / elapsedMs;
  }
}
