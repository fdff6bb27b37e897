/** What one latency costs to be recorded, and what the histograms of many rounds cost to be put together. */
import {
  encodeHistogram,
  latencyPercentiles,
  mergeHistograms,
  newLatencyHistogram,
  recordLatency,
} from '../measure/latency.ts';
import { seededRandom } from '../measure/seeded-random.ts';
import { printReading } from './reading.ts';
import { timeTask } from './timed-task.ts';

const LATENCIES = 10_000;
const ROUNDS = 5;
/** Of the histogram: three digits. */
const PRECISION = 0.001;

const [seed = 1] = process.argv.slice(2).map(Number);
const random = seededRandom(seed);
/** From 0.2 ms to about 200 ms, most of them short. */
const latenciesUs = Array.from({ length: LATENCIES }, () => 200 * Math.exp(7 * random() ** 3));
const medianUs = latenciesUs.toSorted((a, b) => a - b)[LATENCIES / 2 - 1] ?? 0;
const histogram = newLatencyHistogram();
for (const latencyUs of latenciesUs) recordLatency(histogram, latencyUs);
const encoded = Array.from({ length: ROUNDS }, () => encodeHistogram(histogram));

function requireMedian(percentiles: ReturnType<typeof latencyPercentiles>): void {
  const p50 = percentiles?.p50 ?? 0;
  if (Math.abs(p50 - medianUs) > medianUs * PRECISION + 1)
    throw new Error(`a median of ${medianUs} µs was told as ${p50}`);
}

printReading(
  await timeTask({
    what: 'record',
    scale: 'ns',
    piece: 'latency',
    pieces: LATENCIES,
    work: () => {
      const recorded = newLatencyHistogram();
      for (const latencyUs of latenciesUs) recordLatency(recorded, latencyUs);
      if (recorded.totalCount !== LATENCIES) throw new Error(`${recorded.totalCount} of ${LATENCIES} are recorded`);
    },
  }),
);
printReading(
  await timeTask({
    what: 'percentiles',
    scale: 'µs',
    piece: 'histogram',
    pieces: 1,
    work: () => requireMedian(latencyPercentiles(histogram)),
  }),
);
printReading(
  await timeTask({
    what: `decode and merge ${ROUNDS} rounds`,
    scale: 'µs',
    piece: 'round',
    pieces: ROUNDS,
    work: () => {
      const merged = mergeHistograms(encoded);
      if (merged.totalCount !== ROUNDS * LATENCIES) throw new Error(`${merged.totalCount} latencies are merged`);
      requireMedian(latencyPercentiles(merged));
    },
  }),
);
