import { median } from 'simple-statistics';
import { bootstrapMedian } from '../measure/interval.ts';
import { latencyPercentiles, mergeHistograms } from '../measure/latency.ts';
import type { PopAckRecord } from '../report/pop-ack-record.ts';
import type { Arm } from '../scenario/scenario.ts';
import type { RunRecord } from './run-record.ts';

/** Puts together what an arm's consumers reached in its rounds, all of them proved; null when a round has no figure. */
export function popAckOf({ drain }: Arm, runs: readonly RunRecord[], seed: number): PopAckRecord | null {
  const measures = runs.flatMap(({ popAck }) => (popAck === undefined ? [] : [popAck]));
  if (measures.length === 0 || measures.length < runs.length) return null;
  const rates = measures.map(({ throughputMsgPerS }) => throughputMsgPerS);
  const shares = runs.flatMap(({ summary }, index) =>
    summary.throughputMsgPerS > 0 ? [(rates[index] ?? 0) / summary.throughputMsgPerS] : [],
  );
  return {
    consumers: drain.consumers,
    batch: drain.batch,
    throughputMsgPerS: bootstrapMedian(rates, seed),
    throughputByRound: rates,
    shareOfPush: shares.length === 0 ? null : median(shares),
    popLatencyUs: latencyPercentiles(mergeHistograms(measures.map(({ popHistogram }) => popHistogram))),
    ackLatencyUs: latencyPercentiles(mergeHistograms(measures.map(({ ackHistogram }) => ackHistogram))),
    consumerEventLoopUtilization: Math.max(...measures.map(({ eventLoopUtilization }) => eventLoopUtilization)),
  };
}
