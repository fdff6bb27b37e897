import assert from 'node:assert';
import type { ArmResult, CheckRecord, Result, SeriesRecord } from '../report/result.ts';
import type { SystemRecord } from '../report/system-record.ts';
import { CHECK_NAMES } from '../scenario/scenario.ts';
import { sampleCurve } from './sample-curve.ts';
import { passedResult } from './sample-result.ts';

const ROUTES = ['push', 'push-legacy'];
const BATCHES = [1, 10, 100, 1000];
const ROUNDS = [1, 2, 3];
const DURATION_S = 60;
const WARM_UP_S = 5;

/** The values again and again, until they last for a minute. */
function repeated<Value>(values: readonly Value[], length: number): Value[] {
  return Array.from({ length }, (_, index) => values[index % values.length] as Value);
}

function longSeries(series: SeriesRecord): SeriesRecord {
  const buckets = ((DURATION_S + WARM_UP_S) * 1000) / series.bucketMs;
  const samples = repeated(series.connections, (DURATION_S + WARM_UP_S) * 10);
  return {
    ...series,
    measuredFromMs: WARM_UP_S * 1000,
    acknowledgedPerS: repeated(series.acknowledgedPerS.slice(8), buckets),
    latencyP50Us: repeated(series.latencyP50Us.slice(8), buckets),
    latencyP99Us: repeated(series.latencyP99Us.slice(8), buckets),
    errors: repeated(series.errors, buckets),
    connections: samples.map((sample, index) => ({ ...sample, atMs: index * 100 })),
  };
}

function longSystem({ round, sources, absent }: SystemRecord): SystemRecord {
  return {
    round,
    absent,
    sources: sources.map(({ source, atMs, series }) => {
      const everyMs = (atMs[1] ?? 0) - (atMs[0] ?? 0);
      const length = Math.floor(((DURATION_S + WARM_UP_S) * 1000) / everyMs);
      return {
        source,
        atMs: Array.from({ length }, (_, index) => (index + 1) * everyMs - WARM_UP_S * 1000),
        series: series.map((one) => ({ ...one, values: repeated(one.values, length) })),
      };
    }),
  };
}

/** A run of 60 s with eight arms over three rounds, with all that is recorded of such a run. */
export function longResult(): Result {
  const sample = passedResult();
  const arms = BATCHES.flatMap((batch) =>
    ROUTES.map((route): ArmResult => {
      const arm = sample.arms.find(({ name }) => name === route) ?? assert.fail();
      const rate = (1 + Math.log10(batch)) / 3;
      const throughput = arm.throughputMsgPerS ?? assert.fail();
      return {
        ...arm,
        name: `${route} batch=${batch}`,
        parameters: { ...arm.parameters, 'load.batch': batch, 'load.connections': batch < 100 ? 64 : 16 },
        throughputMsgPerS: {
          median: throughput.median * rate,
          low: throughput.low * rate,
          high: throughput.high * rate,
        },
        percentileCurve: sampleCurve(2_000_000, (arm.latencyUs?.p50 ?? 0) * rate),
        series: arm.series.map(longSeries),
        system: (arm.system ?? []).map(longSystem),
      };
    }),
  );
  const [accounting] = sample.checks.filter(({ name }) => name === 'accounting');
  const checks = arms.flatMap(({ name: arm }) =>
    CHECK_NAMES.flatMap((name) =>
      ROUNDS.map((round): CheckRecord => ({ ...(accounting ?? assert.fail()), name, arm, round })),
    ),
  );
  return { ...sample, arms, checks, ratios: [] };
}
