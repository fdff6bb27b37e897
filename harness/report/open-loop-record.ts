import { type Static, Type } from 'typebox';
import { LatencySchema } from './latency-record.ts';

const strict = { additionalProperties: false } as const;

/** What an open loop asked of the server in the measured windows, and what of that came about. */
export const OpenLoopSchema = Type.Object(
  {
    /** Requests a second that were intended; median of the rounds. */
    offeredPerS: Type.Number(),
    /** Answered in the window, every message of them acknowledged; median of the rounds. */
    achievedPerS: Type.Number(),
    /** From the intended time to the send: waiting for a free connection, and the load generator's own lateness. */
    sendLagUs: Type.Union([LatencySchema, Type.Null()]),
    /** The load generator's own lateness alone; null when it was not taken. */
    wakeLagUs: Type.Union([LatencySchema, Type.Null()]),
    /** Share of the intended requests that were sent more than a millisecond late, or never, 0…1. */
    lateShare: Type.Number(),
    /** Intended requests that were never acknowledged: what they waited stands in no latency. */
    unacknowledged: Type.Integer(),
  },
  strict,
);

export type OpenLoopRecord = Static<typeof OpenLoopSchema>;
