import type { Result } from '../report/result.ts';
import { changedChecks, changedExpectations } from './changed-verdicts.ts';
import { compareArm } from './compared-arm.ts';
import { ROUNDS_TO_TELL } from './compared-figure.ts';
import type { ComparedArm, Comparison, Difference, Side, StoredRun } from './comparison.ts';
import { environmentDifferences } from './environment-differences.ts';
import { pairArms } from './paired-arms.ts';

/** With n rounds the interval of a median reaches from the smallest to the largest at most: 95 % takes six. */
const ROUNDS_FOR_95_PERCENT = 6;

/** Sets two runs side by side, whatever they are; whether they may be compared, `obstacles` says. */
export function compareRuns(before: StoredRun, after: StoredRun): Comparison {
  const { pairs, onlyBefore, onlyAfter } = pairArms(before.result.arms, after.result.arms);
  const arms = pairs.map((pair) =>
    compareArm({ arm: pair.before, result: before.result }, { arm: pair.after, result: after.result }),
  );
  const environment = environmentDifferences(before.result.environment, after.result.environment);
  return {
    before: sideOf(before),
    after: sideOf(after),
    environment,
    question: questionDifferences(before.result, after.result),
    arms,
    onlyBefore: onlyBefore.map(({ name }) => name),
    onlyAfter: onlyAfter.map(({ name }) => name),
    checks: changedChecks(before.result, after.result),
    expectations: changedExpectations(before.result, after.result),
    notes: notesOn(
      arms,
      pairs.flatMap((pair) => [pair.before.rounds, pair.after.rounds]),
      environment,
    ),
  };
}

function sideOf({ folder, result }: StoredRun): Side {
  const { scenario, startedAt, verdict, environment } = result;
  return { folder, scenario, startedAt, verdict, git: environment.git };
}

/** A scenario is its question; the rest of what was asked stands in the parameters of the arms. */
function questionDifferences(before: Result, after: Result): readonly Difference[] {
  return (['scenario', 'question'] as const).flatMap((name) =>
    before[name] === after[name] ? [] : [{ name, before: before[name], after: after[name], isHarmless: false }],
  );
}

function notesOn(
  arms: readonly ComparedArm[],
  rounds: readonly number[],
  environment: readonly Difference[],
): readonly string[] {
  const figures = arms.flatMap((arm) => arm.figures);
  const hasRatio = figures.some(({ ratio }) => ratio !== null);
  const fewest = Math.min(...rounds.filter((count) => count > 0));
  const isFew = figures.some(({ interval }) => interval !== null) && fewest < ROUNDS_FOR_95_PERCENT;
  const unknown = arms.some(({ figures: [throughput] }) => throughput?.ratio != null && throughput.interval === null);
  const isElsewhere = environment.some(({ isHarmless }) => !isHarmless);
  return [
    ...(hasRatio
      ? ['The two runs were made at different times: what the machine did meanwhile is in no interval.']
      : []),
    ...(unknown ? ['Where a side has one round, its noise is not known, and a ratio proves nothing.'] : []),
    ...(isFew ? [fewRounds(fewest)] : []),
    ...(hasRatio && isElsewhere
      ? ['The environments differ: only shares of the ceiling say something of the server.']
      : []),
    ...(arms.some(({ isLowerBound }) => isLowerBound.before || isLowerBound.after)
      ? ['≥: the load generator was the limit, so there is no ratio.']
      : []),
  ];
}

function fewRounds(fewest: number): string {
  const covers = `With ${fewest} rounds on a side an interval covers less than 95 %`;
  if (fewest >= ROUNDS_TO_TELL) return `${covers}.`;
  return `${covers}, and no figure is called better or worse: that takes ${ROUNDS_TO_TELL} on each (--set rounds=${ROUNDS_TO_TELL}).`;
}
