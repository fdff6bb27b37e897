/** A stretch of time, both ends included; microseconds on the monotonic clock. */
export interface Span {
  readonly fromUs: number;
  readonly toUs: number;
}

/** What of a load was measured: its window, or where it took turns with others the slices of that. */
export function measuredSpans(outcome: {
  readonly measuredFromUs: number;
  readonly measuredToUs: number;
  readonly slices?: readonly Span[] | undefined;
}): readonly Span[] {
  return outcome.slices ?? [{ fromUs: outcome.measuredFromUs, toUs: outcome.measuredToUs }];
}

/** The length of all of them, which do not overlap. */
export function totalUs(spans: readonly Span[]): number {
  return spans.reduce((sum, { fromUs, toUs }) => sum + toUs - fromUs, 0);
}

/** How much of them lies before a moment in one of them, as if each began where the one before it ended; undefined outside of all. */
export function usWithin(spans: readonly Span[], atUs: number): number | undefined {
  let beforeUs = 0;
  for (const { fromUs, toUs } of spans) {
    if (atUs < fromUs) return undefined;
    if (atUs <= toUs) return beforeUs + atUs - fromUs;
    beforeUs += toUs - fromUs;
  }
  return undefined;
}

/** How long they are inside of `others`. */
export function overlapUs(spans: readonly Span[], others: readonly Span[]): number {
  return spans.reduce(
    (sum, one) =>
      others.reduce(
        (all, other) => all + Math.max(0, Math.min(one.toUs, other.toUs) - Math.max(one.fromUs, other.fromUs)),
        sum,
      ),
    0,
  );
}
