import { type Static, Type } from 'typebox';
import { IntervalSchema } from './interval-record.ts';
import { LatencySchema } from './latency-record.ts';

const strict = { additionalProperties: false } as const;
const NullableNumber = Type.Union([Type.Number(), Type.Null()]);
const NullableInterval = Type.Union([IntervalSchema, Type.Null()]);
const NullableLatency = Type.Union([LatencySchema, Type.Null()]);

/** The highest rate that an arm sustains, how it was found, and the latency below it. Rates are requests per second. */
export const SaturationSchema = Type.Object(
  {
    /** A rate that was held; null when none was in some round. */
    capacityPerS: NullableInterval,
    /** The same in messages per second. */
    capacityMsgPerS: NullableInterval,
    capacityByRound: Type.Array(NullableNumber),
    /** In some round nothing shows that the server could not do more: the load generator or the search was the limit. */
    isLowerBound: Type.Boolean(),
    /** By share of the capacity, rising; empty without a capacity. */
    levels: Type.Array(
      Type.Object(
        {
          /** 0…1 */
          share: Type.Number(),
          /** Median of the rounds. */
          offeredPerS: Type.Number(),
          achievedPerS: Type.Number(),
          /** From the intended time; null when nothing was acknowledged. */
          latencyUs: NullableLatency,
          /** From the intended time to the send. */
          sendLagUs: NullableLatency,
          /** Rounds in which the rate was sustained this time, too. */
          sustainedRounds: Type.Integer(),
        },
        strict,
      ),
    ),
    /** Every rate that was tried, in order. */
    steps: Type.Array(
      Type.Object(
        {
          round: Type.Integer(),
          phase: Type.Enum(['search', 'hold', 'level']),
          /** Of the capacity, for a level. */
          share: NullableNumber,
          offeredPerS: Type.Number(),
          achievedPerS: Type.Number(),
          verdict: Type.Enum(['sustained', 'unsustained']),
          /** In words, why it is not sustained. */
          reasons: Type.Array(Type.String()),
        },
        strict,
      ),
    ),
  },
  strict,
);

export type SaturationRecord = Static<typeof SaturationSchema>;
