const ORIGIN_US = Number(process.hrtime.bigint()) / 1_000 - performance.now() * 1_000;

/**
 * Microseconds on the machine's monotonic clock. All processes of one machine read the same clock, so a time taken in
 * the load process can be compared with one taken here; it has nothing to do with the time of day.
 */
export function monotonicUs(): number {
  return ORIGIN_US + performance.now() * 1_000;
}
