const ORIGIN_TRIES = 20;

const ORIGIN_US = originUs();

/**
 * Microseconds on the machine's monotonic clock. All processes and threads of one machine read the same clock, so a time
 * taken in the load process can be compared with one taken here; it has nothing to do with the time of day.
 */
export function monotonicUs(): number {
  return ORIGIN_US + performance.now() * 1_000;
}

/**
 * What `performance.now` counts from. What comes between a look at the one clock and a look at the other makes it wrong by as
 * long: 0.9 ms at the first look, which loads and compiles, and whatever a busy machine does. The quickest of several looks
 * is right to a tenth of a microsecond.
 */
function originUs(): number {
  let best = { tookMs: Number.POSITIVE_INFINITY, originUs: 0 };
  for (let tries = 0; tries < ORIGIN_TRIES; tries += 1) {
    const beforeMs = performance.now();
    const clockUs = Number(process.hrtime.bigint()) / 1_000;
    const tookMs = performance.now() - beforeMs;
    if (tookMs < best.tookMs) best = { tookMs, originUs: clockUs - (beforeMs + tookMs / 2) * 1_000 };
  }
  return best.originUs;
}
