import { CommandError, EXIT_CODE } from '../cli/exit-code.ts';
import { estimateMs } from '../scenario/estimate.ts';
import { loadPlan } from '../scenario/load-plan.ts';
import { suggestion } from '../scenario/nearest-word.ts';
import type { ScenarioOptions } from '../scenario/plan-scenario.ts';
import type { Arm, ScenarioPlan } from '../scenario/scenario.ts';
import { isInspectorKind, type ProfileKind } from './profile-kind.ts';

export interface ProfilePlanOptions extends ScenarioOptions {
  readonly kind: ProfileKind;
  /** Name of the arm; the first one when absent. */
  readonly arm: string | undefined;
}

/** What a profiled run does without: comparison needs rounds, and figures under a profiler are held against nothing. */
const SETS = [
  'rounds=1',
  'slices=1',
  'ceiling=false',
  'expect=[]',
  // What is always proved. The others judge processes, logs and times: the profiler's as much as the server's.
  'checks=[accounting, statuses, connections, partition-order]',
];

/**
 * Reads a scenario and takes one run of one arm out of it. Throws a CommandError (usage) for a file of defects, an arm that
 * is not there, or one that the tool cannot look into.
 */
export function planProfile(
  nameOrPath: string,
  { kind, arm: name, sets, ...options }: ProfilePlanOptions,
): ScenarioPlan {
  const plan = loadPlan(nameOrPath, { ...options, sets: [...sets, ...SETS] });
  if ('trials' in plan) {
    throw new CommandError(EXIT_CODE.usage, `${plan.name} is a file of defects, and has no arm to profile`, {
      hint: 'to profile a broken server: npm run profile -- smoke --set server.defect=<name>',
    });
  }
  const chosen = armNamed(name, plan);
  const arm = isInspectorKind(kind) ? chosen : asOneProcess(chosen, kind);
  const runs = [{ arm, round: 1 }];
  return { ...plan, arms: [arm], runs, estimatedMs: estimateMs(runs, false) };
}

function armNamed(name: string | undefined, { arms, name: scenario }: ScenarioPlan): Arm {
  const [first] = arms;
  if (first === undefined) throw new Error(`${scenario}: a plan without arms`);
  if (name === undefined) return first;
  const arm = arms.find((one) => one.name === name);
  if (arm !== undefined) return arm;
  const names = arms.map((one) => one.name);
  throw new CommandError(EXIT_CODE.usage, `--arm: ${scenario} has no arm "${name}"${suggestion(name, names)}`, {
    hint: `its arms are ${names.map((one) => JSON.stringify(one)).join(', ')}`,
  });
}

/** The arm on a server of one process and one thread: clinic looks into no other, and refuses a cluster. */
function asOneProcess(arm: Arm, kind: ProfileKind): Arm {
  const reason = whyNotInOneProcess(arm);
  if (reason === undefined) return { ...arm, server: { ...arm.server, workers: 1, poolMode: 'unified' } };
  throw new CommandError(
    EXIT_CODE.usage,
    `--with ${kind}: clinic looks into one thread of one process, but ${reason}`,
    {
      hint: '--with cpu and --with heap look into all of them',
    },
  );
}

function whyNotInOneProcess({ name, load, faults, server }: Arm): string | undefined {
  if (load.route === 'push-legacy') return `the arm "${name}" pushes by threads`;
  if (server.defect !== 'none') return `the arm "${name}" runs a variant with a defect, which is a cluster`;
  const fault = faults.find(({ kind }) => kind.startsWith('server-') || kind.startsWith('worker-'));
  return fault === undefined ? undefined : `the arm "${name}" ends processes (${fault.kind})`;
}
