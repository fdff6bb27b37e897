import { median } from 'simple-statistics';
import type { SaturationRun, SaturationStep } from '../load/load-outcome.ts';
import { bootstrapMedian } from '../measure/interval.ts';
import { type LatencyUs, latencyPercentiles, mergeHistograms } from '../measure/latency.ts';
import type { SaturationRecord } from '../report/saturation-record.ts';
import type { Arm } from '../scenario/scenario.ts';
import type { RunRecord } from './run-record.ts';

/** Puts the searches of an arm's rounds together, all of them proved. Undefined for an arm that searched for nothing. */
export function armSaturation(
  { load }: Arm,
  runs: readonly Pick<RunRecord, 'planned' | 'saturation'>[],
  seed: number,
): SaturationRecord | undefined {
  const searches = runs.flatMap(({ saturation }) => (saturation === undefined ? [] : [saturation]));
  if (load.saturation === undefined || searches.length === 0) return undefined;
  const capacities = searches.flatMap(({ capacityPerS }) => capacityPerS ?? []);
  const isFound = capacities.length === searches.length;
  const shares = [...new Set(load.saturation.levels)].sort((a, b) => a - b);
  return {
    capacityPerS: isFound ? bootstrapMedian(capacities, seed) : null,
    capacityMsgPerS: isFound
      ? bootstrapMedian(
          capacities.map((capacityPerS) => capacityPerS * load.batch),
          seed,
        )
      : null,
    capacityByRound: searches.map(({ capacityPerS }) => capacityPerS ?? null),
    isLowerBound: searches.some(({ isLowerBound }) => isLowerBound),
    levels: isFound ? shares.flatMap((share) => levelOf(share, searches) ?? []) : [],
    steps: runs.flatMap(({ planned: { round }, saturation }) =>
      (saturation?.steps ?? []).map(({ phase, share = null, offeredPerS, achievedPerS, isSustained, reasons }) => ({
        ...{ round, phase, share, offeredPerS, achievedPerS, reasons: [...reasons] },
        verdict: isSustained ? ('sustained' as const) : ('unsustained' as const),
      })),
    ),
  };
}

function levelOf(share: number, searches: readonly SaturationRun[]): SaturationRecord['levels'][number] | undefined {
  const steps = searches.flatMap((search) => stepAt(share, search) ?? []);
  if (steps.length < searches.length) return undefined;
  const merged = (histogramOf: (step: SaturationStep) => string): LatencyUs | null =>
    latencyPercentiles(mergeHistograms(steps.map(histogramOf)));
  return {
    share,
    offeredPerS: median(steps.map(({ offeredPerS }) => offeredPerS)),
    achievedPerS: median(steps.map(({ achievedPerS }) => achievedPerS)),
    latencyUs: merged(({ latencyHistogram }) => latencyHistogram),
    sendLagUs: merged(({ sendLagHistogram }) => sendLagHistogram),
    sustainedRounds: steps.filter(({ isSustained }) => isSustained).length,
  };
}

/** The whole capacity is measured by its hold. */
function stepAt(share: number, { steps }: SaturationRun): SaturationStep | undefined {
  return share === 1
    ? steps.findLast(({ phase }) => phase === 'hold')
    : steps.find((step) => step.phase === 'level' && step.share === share);
}
