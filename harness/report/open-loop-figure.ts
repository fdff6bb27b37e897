import { provenArms } from './arm-figure.ts';
import { formatCount, formatMs, formatRate } from './figure-format.ts';
import type { OpenLoopRecord } from './open-loop-record.ts';
import type { Result } from './result.ts';

/** How an arm's open loop went, as it is shown; all of it text. */
export interface OpenLoopFigure {
  readonly arm: string;
  /** Requests per second. */
  readonly offered: string;
  readonly achieved: string;
  /** `0.18 / 1.74`: p50 and p99 from the intended time to the send, milliseconds. */
  readonly sendLagMs: string;
  /** The same of the load generator's own lateness. */
  readonly wakeLagMs: string;
  /** `1.70 %`: requests that were sent more than a millisecond after their time. */
  readonly late: string;
  /** Requests that have no latency, because they were never acknowledged. */
  readonly unacknowledged: string;
}

/** The figures of the proven arms whose load was an open loop. */
export function openLoopFigures(result: Result): readonly OpenLoopFigure[] {
  return provenArms(result).flatMap(({ arm: { name, openLoop } }) =>
    openLoop === null || openLoop === undefined ? [] : [figureOf(name, openLoop)],
  );
}

function figureOf(arm: string, openLoop: OpenLoopRecord): OpenLoopFigure {
  const { offeredPerS, achievedPerS, sendLagUs, wakeLagUs, lateShare, unacknowledged } = openLoop;
  return {
    arm,
    offered: formatRate(offeredPerS),
    achieved: formatRate(achievedPerS),
    sendLagMs: lagText(sendLagUs),
    wakeLagMs: lagText(wakeLagUs),
    late: `${formatRate(lateShare * 100)} %`,
    unacknowledged: formatCount(unacknowledged),
  };
}

function lagText(lagUs: OpenLoopRecord['sendLagUs']): string {
  return lagUs === null ? '–' : `${formatMs(lagUs.p50)} / ${formatMs(lagUs.p99)}`;
}
