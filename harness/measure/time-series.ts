import type { Ledger } from '../history/ledger.ts';
import type { SeriesRecord } from '../report/result.ts';
import { newLatencyHistogram, recordLatency } from './latency.ts';
import { tallyRequest } from './request-tally.ts';

/** What a run's own history says over time; round and connections are added by whoever knows them. */
export type LoadSeries = Omit<SeriesRecord, 'round' | 'connections'>;

/**
 * A run in buckets of `bucketMs`, from the first send to the last reply, warm-up included; a request counts in the
 * bucket in which it completed. Latency, from when a request was meant to be sent, is that of requests with an acknowledged
 * message, null in a bucket without any; `errors` counts messages. A rest shorter than half a bucket belongs to the last
 * whole one, and every rate is per second of its own bucket's real width.
 */
export function timeSeries(ledger: Ledger, measuredFromUs: number, bucketMs: number): LoadSeries {
  const bucketUs = bucketMs * 1_000;
  const startUs = ledger.requests === 0 ? measuredFromUs : ledger.intendedUs(0);
  const endUs = Math.max(startUs, lastCompletionUs(ledger));
  const buckets = Math.max(1, Math.round((endUs - startUs) / bucketUs));
  const bucketOf = (atUs: number) => Math.min(Math.floor((atUs - startUs) / bucketUs), buckets - 1);

  const acknowledged = new Float64Array(buckets);
  const errors = Array.from({ length: buckets }, () => 0);
  const latencies: number[][] = Array.from({ length: buckets }, () => []);
  for (let request = 0; request < ledger.requests; request += 1) {
    const completedUs = ledger.completedUs(request);
    const bucket = bucketOf(completedUs === 0 ? endUs : completedUs);
    const tally = tallyRequest(ledger, request);
    acknowledged[bucket] = (acknowledged[bucket] ?? 0) + tally.acknowledged;
    errors[bucket] = (errors[bucket] ?? 0) + tally.errors;
    if (tally.acknowledged > 0) latencies[bucket]?.push(completedUs - ledger.intendedUs(request));
  }

  const lastWidthUs = Math.max(endUs - startUs - (buckets - 1) * bucketUs, 1);
  const widthUs = (bucket: number) => (bucket === buckets - 1 ? lastWidthUs : bucketUs);
  return {
    bucketMs,
    measuredFromMs: (measuredFromUs - startUs) / 1_000,
    acknowledgedPerS: Array.from(acknowledged, (count, bucket) => (count * 1_000_000) / widthUs(bucket)),
    latencyP50Us: percentileOfEach(latencies, 50),
    latencyP99Us: percentileOfEach(latencies, 99),
    errors,
  };
}

function lastCompletionUs(ledger: Ledger): number {
  let lastUs = 0;
  for (let request = 0; request < ledger.requests; request += 1) {
    lastUs = Math.max(lastUs, ledger.completedUs(request));
  }
  return lastUs;
}

function percentileOfEach(buckets: readonly (readonly number[])[], percentile: number): (number | null)[] {
  const histogram = newLatencyHistogram();
  return buckets.map((latencies) => {
    if (latencies.length === 0) return null;
    histogram.reset();
    for (const latencyUs of latencies) recordLatency(histogram, latencyUs);
    return histogram.getValueAtPercentile(percentile);
  });
}
