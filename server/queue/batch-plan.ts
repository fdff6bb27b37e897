/** When a batch is full; Queen's dynamic batching by row size. */
export interface BatchLimits {
  /** A batch of at least `minMessages` is closed when it has reached this. */
  readonly targetBytes: number;
  /** Never exceeded, except by a single message that is larger by itself. */
  readonly maxBytes: number;
  readonly minMessages: number;
  readonly maxMessages: number;
}

/** Fills one batch; decides for every next row whether it still belongs. */
export class BatchFill {
  readonly #limits: BatchLimits;
  #messages = 0;
  #bytes = 0;

  constructor(limits: BatchLimits) {
    this.#limits = limits;
  }

  /** Takes the row into the batch, or returns false when the batch must be closed before it. An empty batch takes any. */
  add(rowBytes: number): boolean {
    if (this.#messages > 0 && this.#isFullBefore(rowBytes)) return false;
    this.#messages += 1;
    this.#bytes += rowBytes;
    return true;
  }

  #isFullBefore(rowBytes: number): boolean {
    const { targetBytes, maxBytes, minMessages, maxMessages } = this.#limits;
    return (
      this.#bytes + rowBytes > maxBytes ||
      this.#messages >= maxMessages ||
      (this.#bytes >= targetBytes && this.#messages >= minMessages)
    );
  }
}

/** Cuts rows into consecutive batches within the limits, order kept. */
export function planBatches<Row>(
  rows: readonly Row[],
  rowBytes: (row: Row) => number,
  limits: BatchLimits,
): readonly (readonly Row[])[] {
  const batches: Row[][] = [];
  let batch: Row[] = [];
  let fill = new BatchFill(limits);
  for (const row of rows) {
    const bytes = rowBytes(row);
    if (!fill.add(bytes)) {
      batches.push(batch);
      batch = [];
      fill = new BatchFill(limits);
      fill.add(bytes);
    }
    batch.push(row);
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
}
