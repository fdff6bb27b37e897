import { sendsPushesToBuffer } from '../checkers/excuses.ts';
import type { Arm, CHECK_NAMES, Scenario } from '../scenario/scenario.ts';

type CheckName = (typeof CHECK_NAMES)[number];

/** Made whatever the scenario asks for: without them there is no proof, and so no figure. */
const FIGURE_NEEDS = [
  'accounting',
  'statuses',
  'connections',
  'partition-order',
] as const satisfies readonly CheckName[];

/** What must be there for a check to have something to judge; those that are not named always have. */
const APPLIES: Readonly<Partial<Record<CheckName, (arm: Arm) => boolean>>> = {
  'double-accept': ({ load }) => load.repeat > 0,
  acks: ({ drain, consumers }) => drain.mode === 'ack' || consumers.count > 0,
  liveness: ({ consumers }) => consumers.count > 0,
  faults: ({ faults }) => faults.length > 0,
  failover: ({ faults }) => faults.some(sendsPushesToBuffer),
  encryption: ({ queue }) => queue.encrypted,
  // It looks at an idle server before and after, which takes longer than many a run.
  leaks: ({ consumers, faults }) => consumers.count > 0 || faults.length > 0,
};

/**
 * Names of the checks that a run of this arm is judged by, those first that no figure does without; then what the scenario
 * asks for, as far as the arm has it.
 */
export function checksToMake(arm: Arm, { checks }: Pick<Scenario, 'checks'>): readonly CheckName[] {
  const asked = (checks as readonly CheckName[]).filter((name) => APPLIES[name]?.(arm) ?? true);
  return [...new Set([...FIGURE_NEEDS, ...asked])];
}
