import { CommandError, EXIT_CODE, type ExitCode } from '../cli/exit-code.ts';
import type { ArmResult, CheckRecord, Result } from '../report/result.ts';
import type { Scenario } from '../scenario/scenario.ts';

export interface ResultVerdict {
  readonly verdict: Result['verdict'];
  readonly exitCode: ExitCode;
  readonly reasons: readonly string[];
}

/** What the verdict is made of. */
interface JudgedParts {
  readonly arms: readonly ArmResult[];
  readonly checks: readonly CheckRecord[];
  readonly expectations: Result['expectations'];
}

/** How the scenario came to its end: by itself, by Ctrl-C, or by an error in the middle. */
interface Ending {
  readonly interrupted: boolean;
  readonly failure: unknown;
  /** Why a profile that was asked for is not there. */
  readonly profileFailure?: string | undefined;
}

/**
 * The verdict on a whole scenario. A violated proof outranks everything; an unmet expectation outranks what could not be
 * judged; only when nothing is left open has it passed.
 */
export function resultVerdict(
  scenario: Scenario,
  { arms, checks, expectations }: JudgedParts,
  ending: Ending,
): ResultVerdict {
  const violated = checks.filter(({ verdict }) => verdict === 'invalid').map(describeCheck);
  const unmet = expectations.filter(({ met }) => met === false).map(describeExpectation);
  const open = [
    ...checks.filter(({ verdict }) => verdict === 'unknown').map(describeCheck),
    ...expectations.filter(({ met }) => met === null).map(describeExpectation),
    ...unexpectedRefusals(scenario, arms),
    ...arms.flatMap(({ name, inconclusive }) => (inconclusive === undefined ? [] : [`${name}: ${inconclusive}`])),
  ];
  const reasons = [...violated, ...unmet, ...open];
  if (ending.interrupted) {
    const text = 'Interrupted: the rounds that were not finished are missing.';
    return { verdict: 'interrupted', exitCode: EXIT_CODE.interrupted, reasons: [text, ...violated] };
  }
  if (ending.failure !== undefined && violated.length === 0) {
    const { failure } = ending;
    const text = `Ended early: ${failure instanceof Error ? failure.message : String(failure)}`;
    const exitCode = failure instanceof CommandError ? failure.exitCode : EXIT_CODE.internal;
    return { verdict: 'inconclusive', exitCode, reasons: [text, ...reasons] };
  }
  if (violated.length > 0) return { verdict: 'invalid', exitCode: EXIT_CODE.proofFailed, reasons };
  if (unmet.length > 0) return { verdict: 'failed', exitCode: EXIT_CODE.expectationFailed, reasons };
  if (ending.profileFailure !== undefined) {
    const text = `There is no profile: ${ending.profileFailure}`;
    return { verdict: 'inconclusive', exitCode: EXIT_CODE.unavailable, reasons: [text, ...reasons] };
  }
  if (open.length > 0) return { verdict: 'inconclusive', exitCode: EXIT_CODE.inconclusive, reasons };
  return { verdict: 'passed', exitCode: EXIT_CODE.passed, reasons };
}

/** A server that will not start answers nothing, unless the scenario asks about just that. */
function unexpectedRefusals(scenario: Scenario, arms: readonly ArmResult[]): readonly string[] {
  if (scenario.expect.some((text) => text.includes('refused'))) return [];
  return arms.flatMap(({ name, refused }) =>
    refused === null ? [] : [`${name}: the server refused to start: ${refused}`],
  );
}

function describeCheck({ name, arm, round, verdict, summary }: CheckRecord): string {
  return `${arm}, round ${round}: ${name} is ${verdict}: ${summary}`;
}

function describeExpectation({ text, met, observed }: Result['expectations'][number]): string {
  return met === null ? `could not be judged: ${text} (${observed})` : `not met: ${text} (observed ${observed})`;
}
