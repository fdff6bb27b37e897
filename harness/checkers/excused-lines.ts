import { isMissing, type LineSpan, type LogFindings, type LogProblem, type RunEvidence } from '../history/evidence.ts';
import { excuseOf, hitsOf, type LogName, NEVER_EXCUSED } from './excuses.ts';
import { FaultWindows, monotonicUsOf, windowOf } from './fault-windows.ts';

/** Lines of one class, and how many of them no fault excuses. */
export interface JudgedLines {
  readonly problem: LogProblem;
  readonly unexcused: number;
}

/** What one fault excuses in one log. */
interface LineExcuse {
  readonly lines: RegExp;
  readonly windows: FaultWindows;
  /** How many lines it excuses yet, of all classes together; undefined: all. */
  left: number | undefined;
}

/**
 * Lines of one log that are picked, class by class; errors when nothing is said. A fault excuses lines of the classes it
 * must cause and in its own time alone, some faults only so many. A line without a time is never excused, nor is one of a class that no longer had room of its own.
 */
export function judgeLines(
  evidence: RunEvidence,
  name: LogName,
  pick: (problem: LogProblem) => boolean = isError,
): readonly JudgedLines[] {
  const log = logOf(evidence, name);
  if (log === undefined) return [];
  const excuses = lineExcuses(evidence, name);
  return log.problems
    .filter(pick)
    .map((problem) => ({ problem, unexcused: problem.count - excusedLines(problem, excuses, evidence) }));
}

function isError({ severity }: LogProblem): boolean {
  return severity !== 'warning';
}

function logOf({ serverLog, postgresLog }: RunEvidence, name: LogName): LogFindings | undefined {
  const log = name === 'server' ? serverLog : postgresLog;
  return isMissing(log) ? undefined : log;
}

function lineExcuses({ faults }: RunEvidence, name: LogName): readonly LineExcuse[] {
  return faults.flatMap((fault) => {
    const { serverLines, postgresLines, countedLines } = excuseOf(fault);
    const lines = name === 'server' ? serverLines : postgresLines;
    if (lines === undefined) return [];
    const left = countedLines === name ? hitsOf(fault) : undefined;
    return [{ lines, windows: new FaultWindows([windowOf(fault)]), left }];
  });
}

function excusedLines(problem: LogProblem, excuses: readonly LineExcuse[], { clock }: RunEvidence): number {
  if (NEVER_EXCUSED.test(problem.class)) return 0;
  // Those that excuse all first: what others have to spare is for other lines.
  const fitting = excuses
    .filter(({ lines }) => lines.test(problem.class))
    .toSorted((a, b) => (a.left ?? Number.POSITIVE_INFINITY) - (b.left ?? Number.POSITIVE_INFINITY))
    .reverse();
  // A stretch may hold the lines of two faults that followed each other closely. Where their number is the limit, it is enough
  // that some of them can be this fault's.
  const isExcusing = ({ windows, left }: LineExcuse, { fromMs, toMs }: LineSpan) => {
    const stretch = [monotonicUsOf(clock, fromMs), monotonicUsOf(clock, toMs)] as const;
    return left === undefined ? windows.cover(...stretch) : windows.touch(...stretch);
  };
  let excused = 0;
  for (const span of problem.spans) {
    let accused = span.count;
    for (const excuse of fitting.filter((one) => isExcusing(one, span))) {
      const taken = Math.min(accused, excuse.left ?? accused);
      if (excuse.left !== undefined) excuse.left -= taken;
      accused -= taken;
    }
    excused += span.count - accused;
  }
  return excused;
}
