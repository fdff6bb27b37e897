import { build, decodeFromCompressedBase64, encodeIntoCompressedBase64, type Histogram } from 'hdr-histogram-js';

/** Percentiles of latency, microseconds. */
export interface LatencyUs {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** Three digits: every figure is right to a part in a thousand. */
const SIGNIFICANT_DIGITS = 3;

const INITIAL_HIGHEST_US = 60_000_000;

/** An empty histogram of microseconds from 1 upwards; it grows with longer latencies. */
export function newLatencyHistogram(): Histogram {
  return build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: INITIAL_HIGHEST_US,
    numberOfSignificantValueDigits: SIGNIFICANT_DIGITS,
    autoResize: true,
    useWebAssembly: false,
  });
}

/** Adds one latency; what is less than a microsecond counts as one. */
export function recordLatency(histogram: Histogram, latencyUs: number): void {
  histogram.recordValue(Math.max(1, Math.round(latencyUs)));
}

/** The percentiles that reports show; null for a histogram without values. */
export function latencyPercentiles(histogram: Histogram): LatencyUs | null {
  if (histogram.totalCount === 0) return null;
  return {
    p50: histogram.getValueAtPercentile(50),
    p90: histogram.getValueAtPercentile(90),
    p99: histogram.getValueAtPercentile(99),
    p999: histogram.getValueAtPercentile(99.9),
    max: histogram.maxValue,
  };
}

/** The histogram in the HDR V2 format, compressed, base64: the format that HDR tools of all languages read. */
export function encodeHistogram(histogram: Histogram): string {
  return encodeIntoCompressedBase64(histogram);
}

/** One histogram of all the values in the encoded ones, as over the rounds of an arm. */
export function mergeHistograms(encoded: readonly string[]): Histogram {
  const merged = newLatencyHistogram();
  for (const text of encoded) merged.add(decodeFromCompressedBase64(text));
  return merged;
}
