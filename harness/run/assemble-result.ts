import os from 'node:os';
import type { ConfigurationRecord } from '../report/configuration-record.ts';
import type { ProfileRecord } from '../report/profile-record.ts';
import type { CheckRecord, Result } from '../report/result.ts';
import { changedSettings } from '../scenario/changed-settings.ts';
import type { ScenarioPlan } from '../scenario/scenario.ts';
import type { TargetOrder } from '../target/target-order.ts';
import { adviceOn, sweepRecord } from './advice.ts';
import { answerOf } from './answer.ts';
import { armRatios } from './arm-ratios.ts';
import type { CeilingRounds } from './ceiling-rounds.ts';
import { evaluateExpectations } from './expectations.ts';
import { resultVerdict } from './result-verdict.ts';
import { isMeasured, type MadeRuns, type RunRecord } from './run-record.ts';
import { summarizeArm } from './summarize-arm.ts';
import { type Sweep, sweepOf } from './sweep.ts';

interface AssembleOrder {
  readonly plan: ScenarioPlan;
  readonly target: TargetOrder | undefined;
  readonly seed: number;
  readonly command: string;
  readonly signal: AbortSignal;
}

/** What a scenario's runs left behind, before anything is concluded from it. */
export interface Gathered extends MadeRuns {
  readonly ceilings: CeilingRounds;
  readonly environment: Result['environment'];
  readonly notes: readonly string[];
  /** Undefined when the server was not profiled. */
  readonly profile: ProfileRecord | undefined;
  readonly startedAt: Date;
}

/** Puts rounds together, compares arms, holds the expectations against them, and decides. */
export function assembleResult({ plan, target, seed, command, signal }: AssembleOrder, gathered: Gathered): Result {
  const { runs, failure, ceilings, environment, notes, profile, startedAt } = gathered;
  const summaryContext = {
    ceilings,
    target,
    maxConnections: environment.maxConnections,
    cores: os.availableParallelism(),
    seed,
  };
  const arms = plan.arms.map((arm) =>
    summarizeArm(
      arm,
      runs.filter(({ planned }) => planned.arm.name === arm.name),
      summaryContext,
    ),
  );
  const ratios = armRatios(plan.arms, arms, seed);
  const checks = runs.filter(isMeasured).flatMap(checkRecords);
  const expectations = evaluateExpectations(plan, arms, ratios, checks);
  const { verdict, exitCode, reasons } = resultVerdict(
    plan.scenario,
    { arms, checks, expectations },
    {
      interrupted: signal.aborted,
      failure,
      profileFailure: profile?.failure ?? undefined,
    },
  );
  const parts = ceilings.partRecords();
  const advised = adviceFrom(verdict, sweepOf(plan.arms, arms, checks), seed);
  return {
    schemaVersion: 1,
    scenario: plan.name,
    question: plan.scenario.question,
    answer: `${profile === undefined ? '' : `Under a profiler (${profile.with}), so no figure to compare: `}${answerOf(verdict, arms, ratios, advised.advice)}`,
    verdict,
    exitCode,
    reasons: [...reasons],
    ...(notes.length === 0 ? {} : { notes: [...notes] }),
    ...(profile === undefined ? {} : { profile }),
    startedAt: startedAt.toISOString(),
    durationMs: Date.now() - startedAt.getTime(),
    seed,
    command,
    configuration: configurationOf(plan),
    environment,
    arms,
    ...advised,
    ceilings: ceilings.records(),
    ...(parts.length === 0 ? {} : { partCeilings: parts }),
    ratios,
    checks,
    expectations,
  };
}

/** Of a result that is not settled nothing is advised. */
function adviceFrom(
  verdict: Result['verdict'],
  sweep: Sweep | undefined,
  seed: number,
): Pick<Result, 'advice' | 'sweep'> {
  const isSettled = verdict === 'passed' || verdict === 'failed';
  if (!isSettled || sweep === undefined) return {};
  return { advice: [...adviceOn(sweep, seed)], sweep: sweepRecord(sweep, seed) };
}

function checkRecords({ planned, checks }: RunRecord): readonly CheckRecord[] {
  return checks.map(({ counts, witness, ...check }) => ({
    ...check,
    arm: planned.arm.name,
    round: planned.round,
    counts: { ...counts },
    witness: [...witness],
  }));
}

function configurationOf({ resolvedYaml, scenario }: ScenarioPlan): ConfigurationRecord {
  const changed = changedSettings(scenario).map(({ values, ...setting }) => ({ ...setting, values: [...values] }));
  return { scenarioYaml: resolvedYaml, changed };
}
