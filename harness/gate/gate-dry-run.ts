import { formatDuration } from '../report/figure-format.ts';
import type { GateMode } from './gate-options.ts';
import type { GatePlan } from './gate-plan.ts';
import type { OpenRule } from './gate-rounds.ts';
import { SLICES_PER_SIDE } from './slice-schedule.ts';

/** What a gate would do. */
export interface ForetoldGate {
  readonly mode: GateMode;
  /** What would be compared with what, as people read it. */
  readonly compared: string;
  readonly plan: GatePlan;
  readonly rule: OpenRule;
  readonly minutes: number;
}

const PERCENT = 100;

/** The plan of a gate as text, without a line break at its end; nothing of it is run. */
export function renderGatePlan({ mode, compared, plan, rule, minutes }: ForetoldGate): string {
  const { scenario, groups } = plan;
  const isInBlocks = mode !== 'baseline' && mode !== 'save';
  const arms = groups.flatMap(({ pairs, popArm }) => [
    ...pairs.map(({ name, arms: { base } }) => {
      const { route, batch, connections, warmUpMs, durationMs } = base.load;
      const slices = `warmed ${formatDuration(warmUpMs)}, measured ${formatDuration(durationMs)} a side`;
      const how = isInBlocks ? `${slices} in ${SLICES_PER_SIDE} slices` : slices;
      return `  ${name}: ${route}, ${connections} connections × batch ${batch}, ${how}`;
    }),
    ...(isInBlocks ? [`  ${popArm}: what was pushed, popped and acknowledged`] : []),
  ]);
  const when = isInBlocks
    ? `blocks for ${formatDuration(minutes * 60_000)}, judged after ${rule.looks.join(', ')} of them and at the end; a loss is confirmed by fresh ones`
    : `runs of the whole scenario for ${formatDuration(minutes * 60_000)}`;
  return [
    `gate: ${compared}, through ${scenario.name}`,
    ...arms,
    when,
    `fails a speed that is more than ${rule.margin * PERCENT} % lower for certain; passes when a loss of ${rule.tolerated * PERCENT} % is excluded`,
  ].join('\n');
}
