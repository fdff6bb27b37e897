import type { ScenarioPlan } from './scenario.ts';

/** In how many slices a run is measured: in one where no other run could take turns with it, or all share a target. */
export function slicesOf({ arms, scenario }: Pick<ScenarioPlan, 'arms' | 'scenario'>, isTarget: boolean): number {
  return !isTarget && arms.length > 1 ? scenario.slices : 1;
}
