import { expect, test } from 'vitest';
import { CommandError, EXIT_CODE } from '../cli/exit-code.ts';
import type { ArmResult, CheckRecord, Result } from '../report/result.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { resultVerdict } from './result-verdict.ts';

const scenario = { expect: [] as string[] } as unknown as Scenario;
const ended = { interrupted: false, failure: undefined };

function check(verdict: CheckRecord['verdict']): CheckRecord {
  return { name: 'accounting', arm: 'push', round: 1, verdict, summary: 'said so', counts: {}, witness: [] };
}

function expectation(met: boolean | null): Result['expectations'][number] {
  return { text: 'lost == 0', met, observed: '1' };
}

function judge(
  checks: CheckRecord[],
  expectations: Result['expectations'],
  ending = ended as { interrupted: boolean; failure: unknown; profileFailure?: string },
) {
  return resultVerdict(scenario, { arms: [], checks, expectations }, ending);
}

test('a violation outranks an unmet expectation, that what is unknown, and only then it has passed', () => {
  const [invalid, unknown, valid] = [check('invalid'), check('unknown'), check('valid')];
  expect(judge([valid, unknown, invalid], [expectation(false)]).exitCode).toBe(EXIT_CODE.proofFailed);
  expect(judge([valid, unknown], [expectation(false)]).exitCode).toBe(EXIT_CODE.expectationFailed);
  expect(judge([valid, unknown], [expectation(true)]).exitCode).toBe(EXIT_CODE.inconclusive);
  expect(judge([valid], [expectation(null)]).exitCode).toBe(EXIT_CODE.inconclusive);
  expect(judge([valid], [expectation(true)])).toEqual({ verdict: 'passed', exitCode: EXIT_CODE.passed, reasons: [] });
});

test('an end in the middle is never a pass, whatever the finished rounds say', () => {
  const failure = new CommandError(EXIT_CODE.unavailable, 'PostgreSQL is gone', { hint: 'start it again' });
  expect(judge([check('valid')], [expectation(true)], { interrupted: false, failure })).toMatchObject({
    verdict: 'inconclusive',
    exitCode: EXIT_CODE.unavailable,
    reasons: ['Ended early: PostgreSQL is gone'],
  });
  expect(judge([check('valid')], [], { interrupted: true, failure: undefined }).exitCode).toBe(EXIT_CODE.interrupted);
  expect(judge([check('invalid')], [], { interrupted: false, failure }).exitCode).toBe(EXIT_CODE.proofFailed);
});

test('an arm whose load generator was the limit leaves the result open, with the reason', () => {
  const arms = [
    { name: 'push', refused: null, inconclusive: 'in round 2 the load generator was busy; let it do less' },
    { name: 'push-legacy', refused: null },
  ] as unknown as readonly ArmResult[];
  const judged = (checks: CheckRecord[]) => resultVerdict(scenario, { arms, checks, expectations: [] }, ended);
  expect(judged([check('valid')])).toEqual({
    verdict: 'inconclusive',
    exitCode: EXIT_CODE.inconclusive,
    reasons: ['push: in round 2 the load generator was busy; let it do less'],
  });
  expect(judged([check('invalid')]).exitCode).toBe(EXIT_CODE.proofFailed);
});

test('a profile that did not come leaves the proof as it is, and is no pass', () => {
  const profileFailure = 'clinic doctor: not done after 150 s';
  expect(judge([check('valid')], [], { ...ended, profileFailure })).toEqual({
    verdict: 'inconclusive',
    exitCode: EXIT_CODE.unavailable,
    reasons: [`There is no profile: ${profileFailure}`],
  });
  expect(judge([check('invalid')], [], { ...ended, profileFailure }).exitCode).toBe(EXIT_CODE.proofFailed);
});
