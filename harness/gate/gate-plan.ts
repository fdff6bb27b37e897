import { CommandError, EXIT_CODE } from '../cli/exit-code.ts';
import { suggestion } from '../scenario/nearest-word.ts';
import type { Arm, ScenarioPlan } from '../scenario/scenario.ts';
import { bothSides, type Sides } from './slice-order.ts';

/** What is compared with what: the same arm of two versions, or two arms of one. */
interface GatePair {
  /** As in reports. */
  readonly name: string;
  readonly arms: Sides<Arm>;
}

/** Pairs that can be measured on the same two servers and queues. */
export interface GateGroup {
  readonly pairs: readonly GatePair[];
  /** Name of the arm that pops and acknowledges what the others pushed. */
  readonly popArm: string;
}

export interface GatePlan {
  readonly scenario: ScenarioPlan;
  readonly groups: readonly GateGroup[];
}

const ROUTES: readonly string[] = ['push', 'push-legacy'] satisfies readonly Arm['load']['route'][];

/**
 * Makes pairs of a scenario's arms: each with itself, or with `compared` the first with the second: two routes, through each
 * of which every arm is pushed, or two arms of the scenario.
 *
 * Throws a CommandError (usage) for arms that are not there, and for what cannot be measured in slices.
 */
export function planGate(scenario: ScenarioPlan, compared: readonly [string, string] | undefined): GatePlan {
  const pairs = compared === undefined ? withThemselves(scenario) : pairsOf(scenario, compared);
  for (const { arms } of pairs) {
    refuseUnsliceable(arms.base, scenario);
    refuseUnsliceable(arms.candidate, scenario);
  }
  const groups = [...Map.groupBy(pairs, sharedOf).values()];
  return {
    scenario,
    groups: groups.map((group) => ({
      pairs: group,
      popArm: groups.length === 1 ? 'pop/ack' : `pop/ack after ${group[0]?.name}`,
    })),
  };
}

function withThemselves({ arms }: ScenarioPlan): readonly GatePair[] {
  return arms.map((arm) => ({ name: arm.name, arms: bothSides(() => arm) }));
}

function pairsOf({ arms, name }: ScenarioPlan, [base, candidate]: readonly [string, string]): readonly GatePair[] {
  if (ROUTES.includes(base) && ROUTES.includes(candidate)) {
    const through = (arm: Arm, route: string): Arm => ({
      ...arm,
      load: { ...arm.load, route: route as Arm['load']['route'] },
    });
    return arms.map((arm) => ({
      name: arm.name,
      arms: { base: through(arm, base), candidate: through(arm, candidate) },
    }));
  }
  const named = (wanted: string): Arm => {
    const arm = arms.find((one) => one.name === wanted);
    if (arm !== undefined) return arm;
    const names = arms.map((one) => one.name);
    throw new CommandError(EXIT_CODE.usage, `--arms: ${name} has no arm "${wanted}"${suggestion(wanted, names)}`, {
      hint: `its arms are ${names.map((one) => JSON.stringify(one)).join(', ')}; or compare the routes: --arms push,push-legacy`,
    });
  };
  return [{ name: `${candidate} against ${base}`, arms: { base: named(base), candidate: named(candidate) } }];
}

/** What two servers must have in common for several pairs to be measured on them. */
function sharedOf({ arms: { base, candidate } }: GatePair): string {
  const shared = ({ server, queue, load, drain }: Arm) => [server, queue, load.partitions, load.payloadBytes, drain];
  return JSON.stringify([shared(base), shared(candidate)]);
}

/** A slice is a closed loop that begins and ends with nothing under way, on servers that nothing happens to. */
function refuseUnsliceable(arm: Arm, { name }: ScenarioPlan): void {
  const reason = whyNotInSlices(arm);
  if (reason === undefined) return;
  throw new CommandError(EXIT_CODE.usage, `${name}: the arm "${arm.name}" cannot be gated: ${reason}`, {
    hint: 'npm run gate without --scenario runs regression; arms with a closed loop and nothing else are fit for it',
  });
}

function whyNotInSlices({ load, faults, consumers, server }: Arm): string | undefined {
  if (load.model !== 'closed') return `it has load.model: ${load.model}, and speed is compared in a closed loop`;
  if (load.messages !== undefined) return 'it sends a number of messages, and slices last for a time';
  if (faults.length > 0) return 'it has faults';
  if (consumers.count > 0) return 'it has consumers beside its producers';
  if (load.repeat > 0 || load.poison > 0) return 'it repeats requests or adds bad items';
  if (server.databaseLatencyMs !== undefined) return 'a proxy stands between its server and PostgreSQL';
  if (server.defect !== 'none') return `its server has the defect ${server.defect}`;
  return undefined;
}
