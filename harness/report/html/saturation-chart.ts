import { provenArms } from '../arm-figure.ts';
import type { Result } from '../result.ts';
import { type ChartLine, isWide, type TimeChart } from './time-chart.ts';

const US_PER_MS = 1000;

/** How latency rises towards the capacity, a line for each proven arm that has one; undefined where none was searched. */
export function saturationChart(result: Result): TimeChart | undefined {
  const lines = provenArms(result).flatMap(({ arm }): readonly ChartLine[] => {
    const points = (arm.saturation?.levels ?? []).flatMap(({ share, latencyUs }) =>
      latencyUs === null ? [] : [[share * 100, latencyUs.p99 / US_PER_MS] as const],
    );
    return points.length === 0 ? [] : [{ colour: result.arms.indexOf(arm), name: arm.name, round: 1, points }];
  });
  if (lines.length === 0) return undefined;
  return {
    ...{ id: 'saturation', title: 'Latency p99 by share of the capacity', unit: 'ms', xUnit: '%', lines },
    ...{ limits: [], faults: [], warmUpS: 0, logarithmic: isWide(lines) },
  };
}
