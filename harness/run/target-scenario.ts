import { CommandError, EXIT_CODE } from '../cli/exit-code.ts';
import type { Missing } from '../history/evidence.ts';
import type { RunningPostgres } from '../postgres/provider.ts';
import type { ScenarioPlan } from '../scenario/scenario.ts';
import type { TargetOrder } from '../target/target-order.ts';
import { takeTargetPostgres } from '../target/target-postgres.ts';
import { requireListener } from '../target/target-url.ts';

/** Groups of a scenario that tell how the system is set up, which is done already where a target runs. */
const SET_UP_GROUPS = ['server', 'postgres'] as const;

/** Throws CommandError (usage) for a scenario whose arms differ in what cannot be changed from outside a target. */
export function refuseSetUpMatrix({ file, scenario }: ScenarioPlan): void {
  const key = Object.keys(scenario.matrix).find((dotted) =>
    SET_UP_GROUPS.some((group) => dotted === group || dotted.startsWith(`${group}.`)),
  );
  if (key === undefined) return;
  throw new CommandError(
    EXIT_CODE.usage,
    `${file}: the matrix varies ${key}, but the server at --target runs already and cannot be set up anew.`,
    { hint: 'take a scenario that varies load, queue, consumers or drain; or start your server once for every value' },
  );
}

/**
 * Sees that the target answers, and takes its database for a look if it is named; otherwise the reason why nothing is known
 * of it. Throws CommandError (unavailable) when the one or the other cannot be reached.
 */
export async function takeTarget({ baseUrl, postgresUrl }: TargetOrder): Promise<RunningPostgres | Missing> {
  await requireListener(baseUrl);
  if (postgresUrl !== undefined) return await takeTargetPostgres(postgresUrl);
  return { missing: "the target's database was not named (--target-postgres)" };
}

/** What the reader of a report has to know about a run on a target, whatever is judged. */
export function notesOnTarget(postgres: RunningPostgres | Missing, slices: number): readonly string[] {
  const groups = SET_UP_GROUPS.map((group) => `${group}.*`).join(' and ');
  return [
    `${groups} of the scenario do not apply to a target: it runs as it was started`,
    ...(slices === 1
      ? []
      : ['slices do not apply to a target, which all arms share: they are run one after the other']),
    'no ceiling is measured: that would need tables of the target to be emptied',
    ...('missing' in postgres
      ? []
      : ["sessions and counters are those of everybody in the target's database but queueproof itself"]),
  ];
}
