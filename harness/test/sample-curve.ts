import { curveOfPercentiles } from '../measure/curve-of-percentiles.ts';
import { newLatencyHistogram } from '../measure/latency.ts';
import type { PercentileCurve } from '../report/percentile-curve.ts';

/** The curve of so many latencies round a median, with a long tail; the same for the same arguments. */
export function sampleCurve(count: number, medianUs: number): PercentileCurve | null {
  const histogram = newLatencyHistogram();
  for (let left = count, step = 0; left > 0; step += 1) {
    const share = Math.max(1, Math.floor(left / 4));
    histogram.recordValueWithCount(Math.max(1, Math.round(medianUs * (0.72 + 0.1 * step + 0.0028 * step ** 2))), share);
    left -= share;
  }
  return curveOfPercentiles(histogram);
}
