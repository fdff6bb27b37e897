import type { Ledger } from '../history/ledger.ts';
import { tallyRequest } from './request-tally.ts';

/** As many parts as a window is cut into when there is enough in it. */
const MAX_BUCKETS = 20;

/** With fewer in a bucket, their number alone would vary by more than 20 % if they came at random. */
const MIN_REQUESTS_PER_BUCKET = 25;

interface Completion {
  readonly atUs: number;
  readonly acknowledged: number;
}

/**
 * Messages acknowledged in equal parts of a window, by the time their request completed. The fewer requests, the fewer parts:
 * at least 25 in each, where requests of unlike size count as (sum)² / (sum of squares) equal ones; none when there is not even
 * one part.
 */
export function acknowledgedCounts(ledger: Ledger, fromUs: number, toUs: number): readonly number[] {
  const completions = completionsIn(ledger, fromUs, toUs);
  const sum = completions.reduce((total, { acknowledged }) => total + acknowledged, 0);
  const squares = completions.reduce((total, { acknowledged }) => total + acknowledged ** 2, 0);
  const buckets = squares === 0 ? 0 : Math.min(MAX_BUCKETS, Math.floor(sum ** 2 / squares / MIN_REQUESTS_PER_BUCKET));
  const counts = Array.from({ length: buckets }, () => 0);
  for (const { atUs, acknowledged } of completions) {
    const bucket = Math.min(buckets - 1, Math.floor(((atUs - fromUs) / (toUs - fromUs)) * buckets));
    counts[bucket] = (counts[bucket] ?? 0) + acknowledged;
  }
  return buckets === 0 ? [] : counts;
}

function completionsIn(ledger: Ledger, fromUs: number, toUs: number): readonly Completion[] {
  const completions: Completion[] = [];
  for (let request = 0; request < ledger.requests; request += 1) {
    const atUs = ledger.completedUs(request);
    if (atUs < fromUs || atUs > toUs) continue;
    const { acknowledged } = tallyRequest(ledger, request);
    if (acknowledged > 0) completions.push({ atUs, acknowledged });
  }
  return completions;
}
