import type { Histogram } from 'hdr-histogram-js';
import type { PercentileCurve } from '../report/percentile-curve.ts';

const POINTS_PER_DECADE = 10;

/** To p99.9999: beyond that a run would need many millions of requests. */
const DECADES = 6;

/** The curve of a histogram's percentiles, as far as it has values for them, and its maximum; null without values. */
export function curveOfPercentiles(histogram: Histogram): PercentileCurve | null {
  const count = histogram.totalCount;
  if (count === 0) return null;
  const beyond = Array.from(
    { length: DECADES * POINTS_PER_DECADE + 1 },
    (_, step) => 10 ** (-step / POINTS_PER_DECADE),
  );
  // Where not one request is left beyond a percentile, it is the maximum.
  const percentiles = beyond.filter((share) => share * count > 1).map((share) => rounded(100 * (1 - share)));
  return {
    count,
    percentiles: [...percentiles, 100],
    latencyUs: [...percentiles.map((percentile) => histogram.getValueAtPercentile(percentile)), histogram.maxValue],
  };
}

/** Six decimals tell the last step from 100. */
function rounded(percentile: number): number {
  return Math.round(percentile * 1e6) / 1e6;
}
