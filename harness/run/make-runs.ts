import type { Progress } from '../cli/progress.ts';
import { formatDuration } from '../report/figure-format.ts';
import type { PlannedRun, ScenarioPlan } from '../scenario/scenario.ts';
import { slicesOf } from '../scenario/slices-of.ts';
import type { CeilingRounds } from './ceiling-rounds.ts';
import { runArm } from './run-arm.ts';
import type { ArmContext } from './run-order.ts';
import { isMeasured, type MadeRuns, type RefusedRun, type RunRecord } from './run-record.ts';
import { sliceOrder, type Turn, Turns } from './turns.ts';

/**
 * Makes all runs of a scenario in their order, each judged and with its ceiling measured: one after the other or, in slices,
 * those of a round in turns. A failure in the middle does not cost the runs that were finished; throws what failed before
 * the first one was, when there is nothing to keep. An interruption ends it with what there is.
 */
export async function makeRuns(context: ArmContext, ceilings: CeilingRounds): Promise<MadeRuns> {
  const { plan, progress, signal } = context;
  const slices = slicesOf(plan, context.target !== undefined);
  const runs: (RunRecord | RefusedRun)[] = [];
  try {
    for (const group of runGroups(plan, slices)) {
      signal.throwIfAborted();
      await runGroup(group, slices, context, ceilings, (run) => runs.push(run));
    }
  } catch (error) {
    if (signal.aborted) return { runs, failure: undefined };
    if (runs.length === 0) throw error;
    progress.fail(textOf(error));
    return { runs, failure: error };
  }
  return { runs, failure: undefined };
}

/** A run with its place among all, from 1. */
interface NumberedRun {
  readonly planned: PlannedRun;
  readonly index: number;
}

/** What is under way at once: each run alone or, in slices, those of a round. */
function runGroups({ runs }: ScenarioPlan, slices: number): readonly (readonly NumberedRun[])[] {
  const numbered = runs.map((planned, place) => ({ planned, index: place + 1 }));
  if (slices === 1) return numbered.map((run) => [run]);
  return [...Map.groupBy(numbered, ({ planned }) => planned.round).values()];
}

/** Runs that take turns go on to their end when one of them fails; the first failure is thrown then. */
async function runGroup(
  group: readonly NumberedRun[],
  slices: number,
  context: ArmContext,
  ceilings: CeilingRounds,
  keep: (run: RunRecord | RefusedRun) => void,
): Promise<void> {
  const { plan, progress, signal } = context;
  const [first] = group;
  if (first !== undefined) progress.arm(first.planned, first.index, plan.runs.length);
  const turns = slices === 1 ? undefined : new Turns(sliceOrder(group.length, slices), signal);
  const results = await Promise.allSettled(
    group.map(async (run, place) => {
      using turn = turns && shownTurn(turns.join(place), run, progress);
      await runOne(run, turn, context, ceilings, keep);
    }),
  );
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

/** A turn that shows whose it is. */
function shownTurn(turn: Turn, { planned }: NumberedRun, progress: Progress): Turn {
  return {
    next: async () => {
      await turn.next();
      progress.phase(`${planned.arm.name}, round ${planned.round}`);
    },
    [Symbol.dispose]: () => turn[Symbol.dispose](),
  };
}

async function runOne(
  { planned, index }: NumberedRun,
  turn: Turn | undefined,
  context: ArmContext,
  ceilings: CeilingRounds,
  keep: (run: RunRecord | RefusedRun) => void,
): Promise<void> {
  const { plan, progress, signal } = context;
  const startedAtMs = performance.now();
  const armRun = await runArm(planned, index, context, turn);
  await using database = armRun.database;
  const { run } = armRun;
  keep(run);
  const title = `${planned.arm.name}, round ${planned.round}`;
  // With turns most of it would be the time of others.
  const took = turn === undefined ? ` in ${formatDuration(performance.now() - startedAtMs)}` : '';
  if (!isMeasured(run)) {
    progress.done(`${title}: refused to start`);
    return;
  }
  if (run.verdict === 'valid') {
    progress.done(`${title}: ${run.summary.acknowledgedMessages.toLocaleString('en')} messages proved${took}`);
    // A ceiling is measured in emptied tables: only those of a database that was made for it.
    if (database !== undefined && context.target === undefined && plan.scenario.ceiling && ceilings.needs(planned)) {
      progress.phase('measuring what plain SQL reaches in the same tables');
      await ceilings.measure(planned, database, signal);
    }
  } else {
    database?.keep();
    const found = run.checks.find(({ verdict }) => verdict === run.verdict);
    progress.fail(`${title}: ${run.verdict}: ${found?.name}: ${found?.summary}`);
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
