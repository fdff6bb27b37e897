/** A thread's CPU time and the way to spend more of it; microseconds. */
export interface SpinClock {
  readonly cpuUs: () => number;
  readonly spin: (durationUs: number) => void;
}

/**
 * Makes a function that spins until what was spun in all is `share` of what the thread spent otherwise since it was made.
 *
 * The kernel adds to a thread's CPU time at its ticks and switches only, so the difference of two calls tells nothing, but the
 * sum of many does: of the time that was spun as well, which is shorter than it was meant to be when another thread took the
 * core meanwhile. What was spun too little or too much is made up for by the calls after.
 */
export function spinShare(share: number, { cpuUs, spin }: SpinClock): () => void {
  const startUs = cpuUs();
  let spunUs = 0;
  return () => {
    const beforeUs = cpuUs();
    const ownUs = beforeUs - startUs - spunUs;
    const dueUs = share * ownUs - spunUs;
    if (dueUs <= 0) return;
    spin(dueUs);
    spunUs += cpuUs() - beforeUs;
  };
}

/** The clock of the thread that asks. */
export const threadClock: SpinClock = Object.freeze({
  cpuUs: () => {
    const { user, system } = process.threadCpuUsage();
    return user + system;
  },
  spin: (durationUs: number) => {
    const untilMs = performance.now() + durationUs / 1000;
    while (performance.now() < untilMs);
  },
});
