import { Type } from 'typebox';

/** Percentiles of a latency, microseconds. */
export const LatencySchema = Type.Object(
  { p50: Type.Number(), p90: Type.Number(), p99: Type.Number(), p999: Type.Number(), max: Type.Number() },
  { additionalProperties: false },
);
