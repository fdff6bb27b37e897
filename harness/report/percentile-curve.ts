import { type Static, Type } from 'typebox';

/**
 * How latency rises from percentile to percentile, over all rounds of an arm: enough points to draw the curve that a handful of
 * percentiles hides, not the histogram.
 */
export const PercentileCurveSchema = Type.Object(
  {
    /** Requests behind it. */
    count: Type.Integer(),
    /** Rising, 0…100, equally far apart by the share of requests beyond them; the last is 100. */
    percentiles: Type.Array(Type.Number()),
    /** One for each of the percentiles, microseconds; the last is the maximum. */
    latencyUs: Type.Array(Type.Number()),
  },
  { additionalProperties: false },
);

export type PercentileCurve = Static<typeof PercentileCurveSchema>;
