export interface Headway {
  /** What the plan takes the whole to need. */
  readonly estimatedMs: number;
  readonly elapsedMs: number;
  /** Runs that are over, of so many. */
  readonly done: number;
  readonly runs: number;
}

/** Outside of these a pace says more about one odd run than about those to come. */
const SLOWEST = 4;
const FASTEST = 0.25;

/**
 * How long the runs that are left will take: the plan's estimate for them, corrected by how far it was off for those that
 * are over. Runs count alike: rounds are interleaved, so that long and short arms are spread over the whole.
 */
export function remainingMs({ estimatedMs, elapsedMs, done, runs }: Headway): number {
  const share = runs === 0 ? 0 : done / runs;
  const pace = share === 0 ? 1 : elapsedMs / (estimatedMs * share);
  return estimatedMs * (1 - share) * Math.min(SLOWEST, Math.max(FASTEST, pace));
}
