import type { LineSpan } from '../history/evidence.ts';

/** Lines no further apart than this are told as one stretch. */
const CLOSE_MS = 100;

/** Memory stays bounded however long a log goes wrong; beyond it the stretches with the smallest pause between them become one. */
const MAX_SPANS = 200;

/** When lines were written, as stretches of lines that follow each other closely. */
export class LineSpans {
  readonly #spans: LineSpan[] = [];

  add(atMs: number): void {
    const place = this.#spans.findLastIndex(({ fromMs }) => fromMs <= atMs);
    const before = this.#spans[place];
    if (before !== undefined && atMs - before.toMs <= CLOSE_MS) {
      this.#spans[place] = { ...before, toMs: Math.max(before.toMs, atMs), count: before.count + 1 };
      return;
    }
    // Lines of several processes come slightly out of order.
    this.#spans.splice(place + 1, 0, { fromMs: atMs, toMs: atMs, count: 1 });
    if (this.#spans.length > MAX_SPANS) this.#joinClosest();
  }

  list(): readonly LineSpan[] {
    return [...this.#spans];
  }

  #joinClosest(): void {
    let closest = 1;
    for (let place = 1; place < this.#spans.length; place += 1) {
      if (this.#pauseBefore(place) < this.#pauseBefore(closest)) closest = place;
    }
    const [left, right] = this.#spans.slice(closest - 1, closest + 1);
    if (left === undefined || right === undefined) return;
    const toMs = Math.max(left.toMs, right.toMs);
    this.#spans.splice(closest - 1, 2, { fromMs: left.fromMs, toMs, count: left.count + right.count });
  }

  #pauseBefore(place: number): number {
    return (this.#spans[place]?.fromMs ?? 0) - (this.#spans[place - 1]?.toMs ?? 0);
  }
}
