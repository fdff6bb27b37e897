import type { Ledger } from '../history/ledger.ts';
import { tallyRequest } from './request-tally.ts';

/** As many parts as a window is cut into when there is enough in it. */
const MAX_BUCKETS = 20;

/** With fewer in a bucket, their number alone would vary by more than 20 % if they came at random. */
const MIN_REQUESTS_PER_BUCKET = 25;

/**
 * Messages acknowledged in equal parts of a window, by the time their request completed. The fewer requests, the fewer parts:
 * at least 25 in each, where requests of unlike size count as (sum)² / (sum of squares) equal ones; none when there is not even
 * one part. 300,000 requests are counted in 20 to 50 ms on two busy cores, so that a look under load costs a window of ten seconds
 * half a per cent of the one that follows.
 */
export function acknowledgedCounts(ledger: Ledger, fromUs: number, toUs: number): readonly number[] {
  const [times, sizes] = completionsIn(ledger, fromUs, toUs);
  let [sum, squares] = [0, 0];
  for (const size of sizes) {
    sum += size;
    squares += size * size;
  }
  const buckets =
    squares === 0 ? 0 : Math.min(MAX_BUCKETS, Math.floor((sum * sum) / squares / MIN_REQUESTS_PER_BUCKET));
  const counts = Array.from({ length: buckets }, () => 0);
  if (buckets === 0) return counts;
  for (const [index, atUs] of times.entries()) {
    const bucket = Math.min(buckets - 1, Math.floor(((atUs - fromUs) / (toUs - fromUs)) * buckets));
    counts[bucket] = (counts[bucket] ?? 0) + (sizes[index] ?? 0);
  }
  return counts;
}

/** When the requests with an acknowledged message completed, and how many each had. */
function completionsIn(ledger: Ledger, fromUs: number, toUs: number): readonly [times: number[], sizes: number[]] {
  const [times, sizes]: [number[], number[]] = [[], []];
  for (let request = 0; request < ledger.requests; request += 1) {
    const atUs = ledger.completedUs(request);
    if (atUs < fromUs || atUs > toUs) continue;
    const { acknowledged } = tallyRequest(ledger, request);
    if (acknowledged === 0) continue;
    times.push(atUs);
    sizes.push(acknowledged);
  }
  return [times, sizes];
}
