/** A thread's CPU time and the way to spend more of it; microseconds. */
export interface SpinClock {
  readonly cpuUs: () => number;
  readonly spin: (durationUs: number) => void;
}

/**
 * Makes a function that spins until what was spun in all is `share` of what the thread spent otherwise since it was made. The
 * kernel adds to a thread's CPU time at its ticks and switches only, so the difference of two calls tells nothing; their sum does.
 */
export function spinShare(share: number, { cpuUs, spin }: SpinClock): () => void {
  const startUs = cpuUs();
  let spunUs = 0;
  return () => {
    const ownUs = cpuUs() - startUs - spunUs;
    const dueUs = share * ownUs - spunUs;
    if (dueUs <= 0) return;
    spin(dueUs);
    spunUs += dueUs;
  };
}

/** Reading the clock takes a thousandth of this, and switching to another thread and back more than it. */
const JUMP_MS = 0.05;

/** The clock of the thread that asks. */
export const threadClock: SpinClock = Object.freeze({
  cpuUs: () => {
    const { user, system } = process.threadCpuUsage();
    return user + system;
  },
  // Where the clock jumps another thread had the core, and that is no time of this one.
  spin: (durationUs: number) => {
    let spunMs = 0;
    let lastMs = performance.now();
    while (spunMs < durationUs / 1000) {
      const nowMs = performance.now();
      if (nowMs - lastMs < JUMP_MS) spunMs += nowMs - lastMs;
      lastMs = nowMs;
    }
  },
});
