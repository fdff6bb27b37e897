import type { Arm } from './scenario.ts';
import type { Violation } from './validate.ts';

/** What cannot rest between two slices and go on as if nothing had been; undefined for an arm that can. */
function restless({ load, consumers, faults }: Arm): string | undefined {
  if (load.model !== 'closed') return `load.model ${load.model}`;
  if (load.messages !== undefined) return 'load.messages';
  if (load.repeat > 0) return 'load.repeat';
  if (load.bulk.producers > 0) return 'load.bulk';
  if (consumers.count > 0) return 'consumers beside the producers';
  return faults.length > 0 ? 'faults' : undefined;
}

/** An arm that cannot be measured in slices, although it should be. */
export function sliceConflict(arms: readonly Arm[], slices: number): Violation | undefined {
  if (slices === 1) return undefined;
  for (const arm of arms) {
    const reason = restless(arm);
    if (reason === undefined) continue;
    const message = `${arm.name}: expected slices 1 with ${reason}, got ${slices}; in slices closed loops are measured, for a time and with producers alone`;
    return { path: ['slices'], target: 'value', message };
  }
  return undefined;
}
