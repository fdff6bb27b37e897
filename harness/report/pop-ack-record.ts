import { type Static, Type } from 'typebox';
import { IntervalSchema as Interval } from './interval-record.ts';
import { LatencySchema as Latency } from './latency-record.ts';

/** What consumers reached that popped from the whole queue and acknowledged by request, after the load. */
export const PopAckSchema = Type.Object(
  {
    consumers: Type.Integer(),
    /** Messages asked for, and acknowledged, at once. */
    batch: Type.Integer(),
    /** Acknowledged messages per second, from the first pop to the last answer to an ack. */
    throughputMsgPerS: Interval,
    throughputByRound: Type.Array(Type.Number()),
    /** Of the arm's push rate in the same round; median of the rounds. */
    shareOfPush: Type.Union([Type.Number(), Type.Null()]),
    /** Of pops that brought messages. */
    popLatencyUs: Type.Union([Latency, Type.Null()]),
    ackLatencyUs: Type.Union([Latency, Type.Null()]),
    /** Share of the time the consumers' event loop was busy, 0…1; the highest of the rounds. Near 1 they were the limit. */
    consumerEventLoopUtilization: Type.Number(),
  },
  { additionalProperties: false },
);

export type PopAckRecord = Static<typeof PopAckSchema>;
