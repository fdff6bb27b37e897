import type { ArmResult, CheckRecord, Result } from '../result.ts';
import { meaningOfResult } from '../verdict-sign.ts';
import { junitXml } from './junit-xml.ts';
import type { Outcome, TestCase, TestSuite } from './test-case.ts';

const CHECK_OUTCOMES: Readonly<Record<CheckRecord['verdict'], Outcome>> = Object.freeze({
  valid: 'passed',
  invalid: 'failure',
  unknown: 'error',
});

const RESULT_OUTCOMES: Readonly<Record<Result['verdict'], Outcome>> = Object.freeze({
  passed: 'passed',
  failed: 'failure',
  invalid: 'failure',
  inconclusive: 'error',
  interrupted: 'error',
});

/** junit.xml of a run. */
export function renderJUnit(result: Result): string {
  return junitXml({ name: result.scenario, startedAt: result.startedAt, suites: resultSuites(result) });
}

/**
 * A suite for every arm with a case for every check of every round, one for the expectations, and one with the verdict over
 * the whole, so that the file is green exactly when the run passed: an interruption belongs to no check.
 */
export function resultSuites(result: Result): readonly TestSuite[] {
  const expectations = result.expectations.map(expectationCase);
  return [
    ...result.arms.map((arm) => ({ name: arm.name, cases: armCases(arm, result) })),
    ...(expectations.length === 0 ? [] : [{ name: 'expectations', cases: expectations }]),
    { name: 'result', cases: [verdictCase(result)] },
  ];
}

function armCases(arm: ArmResult, result: Result): readonly TestCase[] {
  if (arm.refused !== null) return [refusalCase(arm.refused, result)];
  const checks = result.checks.filter((check) => check.arm === arm.name).map(checkCase);
  const limit = arm.inconclusive;
  return [
    ...checks,
    ...(checks.length > 0 ? [] : [open('checks', 'no round of this arm was judged')]),
    ...(limit === undefined ? [] : [open('load generator', limit)]),
  ];
}

function checkCase({ name, round, verdict, summary, witness }: CheckRecord): TestCase {
  const outcome = CHECK_OUTCOMES[verdict];
  return { name: `${name}, round ${round}`, outcome, message: summary, details: witness };
}

/** A scenario that speaks of a refusal asks for it, and holds what came against its expectations; otherwise it is a gap. */
function refusalCase(words: string, { expectations }: Result): TestCase {
  const isAskedFor = expectations.some(({ text }) => text.includes('refused'));
  const message = `the server refused to start: ${words}`;
  return { name: 'start', outcome: isAskedFor ? 'skipped' : 'error', message, details: [] };
}

function expectationCase({ text, met, observed }: Result['expectations'][number]): TestCase {
  const outcome = met === null ? 'error' : met ? 'passed' : 'failure';
  return { name: text, outcome, message: `observed ${observed}`, details: [] };
}

/** Takes the time of the whole run: what one check costs is not timed. */
function verdictCase({ verdict, exitCode, answer, reasons, durationMs }: Result): TestCase {
  const message = `${verdict}, exit code ${exitCode}: ${verdict === 'passed' ? answer : meaningOfResult(verdict)}`;
  return { name: 'verdict', outcome: RESULT_OUTCOMES[verdict], message, details: reasons, durationMs };
}

function open(name: string, message: string): TestCase {
  return { name, outcome: 'error', message, details: [] };
}
