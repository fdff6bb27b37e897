import { provenArms } from './arm-figure.ts';
import { formatInterval, formatMs, formatRate, formatRatio } from './figure-format.ts';
import type { PopAckRecord } from './pop-ack-record.ts';
import type { Result } from './result.ts';

/** What an arm's consumers reached, as it is shown; all of it text. */
export interface PopAckFigure {
  readonly arm: string;
  /** `16 × 100`: consumers and batch. */
  readonly consumers: string;
  readonly throughput: string;
  readonly interval: string;
  /** `0.71`, of the push rate in the same rounds. */
  readonly shareOfPush: string;
  /** `43.5 / 195`: p50 and p99, milliseconds. */
  readonly popMs: string;
  readonly ackMs: string;
  /** `43 %`: how busy the consumers' own event loop was; near 100 % they were the limit, not the server. */
  readonly consumersBusy: string;
}

/** The consumers' figures of the proven arms in which they were measured. */
export function popAckFigures(result: Result): readonly PopAckFigure[] {
  return provenArms(result).flatMap(({ arm: { name, rounds, popAck } }) =>
    popAck === null || popAck === undefined ? [] : [figureOf(name, rounds, popAck)],
  );
}

function figureOf(arm: string, rounds: number, popAck: PopAckRecord): PopAckFigure {
  const { consumers, batch, throughputMsgPerS, shareOfPush, popLatencyUs, ackLatencyUs } = popAck;
  return {
    arm,
    consumers: `${consumers} × ${batch}`,
    throughput: formatRate(throughputMsgPerS.median),
    interval: rounds > 1 ? formatInterval(throughputMsgPerS, formatRate) : 'one round',
    shareOfPush: shareOfPush === null ? '–' : formatRatio(shareOfPush),
    popMs: latencyText(popLatencyUs),
    ackMs: latencyText(ackLatencyUs),
    consumersBusy: `${Math.round(popAck.consumerEventLoopUtilization * 100)} %`,
  };
}

function latencyText(latencyUs: PopAckRecord['popLatencyUs']): string {
  return latencyUs === null ? '–' : `${formatMs(latencyUs.p50)} / ${formatMs(latencyUs.p99)}`;
}
