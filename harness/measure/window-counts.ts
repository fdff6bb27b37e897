import type { Ledger } from '../history/ledger.ts';
import { tallyRequest } from './request-tally.ts';
import { type Span, totalUs, usWithin } from './spans.ts';

/** As many parts as a window is cut into when there is enough in it. */
const MAX_BUCKETS = 20;

/** With fewer in a bucket, their number alone would vary by more than 20 % if they came at random. */
const MIN_REQUESTS_PER_BUCKET = 25;

/**
 * Messages acknowledged in equal parts of a window, or of its slices one after the other, by the time their request completed. The fewer requests, the fewer parts:
 * at least 25 in each, where requests of unlike size count as (sum)² / (sum of squares) equal ones; none when there is not even
 * one part. 300,000 requests are counted in 20 to 50 ms on two busy cores, so that a look under load costs a window of ten seconds
 * half a per cent of the one that follows.
 */
export function acknowledgedCounts(ledger: Ledger, spans: readonly Span[]): readonly number[] {
  const [times, sizes] = completionsIn(ledger, spans);
  const lengthUs = totalUs(spans);
  let [sum, squares] = [0, 0];
  for (const size of sizes) {
    sum += size;
    squares += size * size;
  }
  const buckets =
    squares === 0 ? 0 : Math.min(MAX_BUCKETS, Math.floor((sum * sum) / squares / MIN_REQUESTS_PER_BUCKET));
  const counts = Array.from({ length: buckets }, () => 0);
  if (buckets === 0) return counts;
  for (const [index, us] of times.entries()) {
    const bucket = Math.min(buckets - 1, Math.floor((us / lengthUs) * buckets));
    counts[bucket] = (counts[bucket] ?? 0) + (sizes[index] ?? 0);
  }
  return counts;
}

/** When the requests with an acknowledged message completed, as in {@link usWithin}, and how many each had. */
function completionsIn(ledger: Ledger, spans: readonly Span[]): readonly [times: number[], sizes: number[]] {
  const [times, sizes]: [number[], number[]] = [[], []];
  for (let request = 0; request < ledger.requests; request += 1) {
    const us = usWithin(spans, ledger.completedUs(request));
    if (us === undefined) continue;
    const { acknowledged } = tallyRequest(ledger, request);
    if (acknowledged === 0) continue;
    times.push(us);
    sizes.push(acknowledged);
  }
  return [times, sizes];
}
