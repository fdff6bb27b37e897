import type { Arm, CHECK_NAMES, Scenario } from '../scenario/scenario.ts';

type CheckName = (typeof CHECK_NAMES)[number];

/** Made whatever the scenario asks for: without them there is no proof, and so no figure. */
const FIGURE_NEEDS = ['accounting', 'statuses', 'connections'] as const satisfies readonly CheckName[];

/** Names of the checks that a run of this arm is judged by. */
export function checksToMake({ drain }: Arm, { checks }: Pick<Scenario, 'checks'>): readonly string[] {
  const needed = [...FIGURE_NEEDS, ...(drain.mode === 'ack' ? ['acks'] : [])];
  return [...new Set([...needed, ...checks])];
}
