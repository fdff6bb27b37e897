import { isMissing, type LogFindings, type LogProblem, type Missing } from '../history/evidence.ts';

/** Problems of a log whose class or example matches; none when the log is missing. */
export function problemsMatching(log: LogFindings | Missing, pattern: RegExp): readonly LogProblem[] {
  if (isMissing(log)) return [];
  return log.problems.filter((problem) => matches(problem, pattern));
}

/** Whether the class or the example of a problem matches. */
export function matches(problem: LogProblem, pattern: RegExp): boolean {
  return pattern.test(problem.class) || pattern.test(problem.example);
}

/** Lines of the given severities. */
export function countOfSeverity(log: LogFindings | Missing, ...severities: readonly LogProblem['severity'][]): number {
  if (isMissing(log)) return 0;
  return log.problems.reduce((sum, { severity, count }) => (severities.includes(severity) ? sum + count : sum), 0);
}
