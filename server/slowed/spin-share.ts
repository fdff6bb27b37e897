import { crc32 } from 'node:zlib';

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

/** A piece of work of half a microsecond or so. Native code: what V8 made of a loop took from 1 to 5 times as long as it had before. */
const WORK = Buffer.alloc(2048, 1);
const TRIALS = 200;
const PIECES_A_TRIAL = 100;

/**
 * The clock of the thread that asks. It spins by an amount of work, measured once: the wall clock goes on while another
 * thread has the core, and the thread's own clock stands still between two ticks.
 */
export const threadClock: SpinClock = Object.freeze({
  cpuUs: () => {
    const { user, system } = process.threadCpuUsage();
    return user + system;
  },
  spin: (durationUs: number) => {
    pieceUs ??= measurePieceUs();
    work(Math.round(durationUs / pieceUs));
  },
});

let pieceUs: number | undefined;

function work(pieces: number): void {
  for (let done = 0; done < pieces; done += 1) crc32(WORK);
}

/** In the fastest of many trials nobody else had the core. */
function measurePieceUs(): number {
  let fastestMs = Number.POSITIVE_INFINITY;
  for (let trial = 0; trial < TRIALS; trial += 1) {
    const startedMs = performance.now();
    work(PIECES_A_TRIAL);
    fastestMs = Math.min(fastestMs, performance.now() - startedMs);
  }
  return (fastestMs * 1000) / PIECES_A_TRIAL;
}
