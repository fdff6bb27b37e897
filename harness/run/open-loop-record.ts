import { median } from 'simple-statistics';
import { latencyPercentiles, mergeHistograms } from '../measure/latency.ts';
import type { OpenLoopRecord } from '../report/open-loop-record.ts';
import type { RunRecord } from './run-record.ts';

/** Puts the open loops of an arm's rounds together; undefined for an arm whose load had no intended times. */
export function openLoopOf(runs: readonly RunRecord[]): OpenLoopRecord | undefined {
  const loops = runs.flatMap(({ summary: { openLoop } }) => (openLoop === undefined ? [] : [openLoop]));
  if (loops.length === 0) return undefined;
  const sum = (count: (loop: (typeof loops)[number]) => number) => loops.reduce((all, loop) => all + count(loop), 0);
  const requests = sum((loop) => loop.requests);
  const wakeLags = loops.flatMap(({ wakeLagHistogram }) => (wakeLagHistogram === undefined ? [] : [wakeLagHistogram]));
  return {
    offeredPerS: median(loops.map((loop) => loop.offeredPerS)),
    achievedPerS: median(loops.map((loop) => loop.achievedPerS)),
    sendLagUs: latencyPercentiles(mergeHistograms(loops.map((loop) => loop.sendLagHistogram))),
    wakeLagUs: latencyPercentiles(mergeHistograms(wakeLags)),
    lateShare: requests === 0 ? 0 : sum((loop) => loop.late) / requests,
    unacknowledged: sum((loop) => loop.unacknowledged),
  };
}
