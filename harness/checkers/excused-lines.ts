import { isMissing, type LogFindings, type LogProblem, type RunEvidence } from '../history/evidence.ts';
import { excuseOf, hitsOf, type LogName, NEVER_EXCUSED } from './excuses.ts';
import { FaultWindows, monotonicUsOf, windowOf } from './fault-windows.ts';

/** Lines of one class, and how many of them no fault excuses. */
export interface JudgedLines {
  readonly problem: LogProblem;
  readonly unexcused: number;
  /** The stretches of the problem, in their order; lines without a time, which nothing excuses, stand in none. */
  readonly spans: readonly JudgedSpan[];
}

/** A stretch of lines on the monotonic clock. */
interface JudgedSpan {
  readonly fromUs: number;
  readonly toUs: number;
  readonly count: number;
  readonly excused: number;
  /** Index among the run's faults of the first that excuses any of it. */
  readonly fault: number | undefined;
}

/** What one fault excuses in one log. */
interface LineExcuse {
  readonly fault: number;
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
  return log.problems.filter(pick).map((problem) => {
    const spans = judgeSpans(problem, excuses, evidence);
    return { problem, unexcused: problem.count - spans.reduce((sum, { excused }) => sum + excused, 0), spans };
  });
}

/** A line that is more than a warning. */
export function isError({ severity }: LogProblem): boolean {
  return severity !== 'warning';
}

function logOf({ serverLog, postgresLog }: RunEvidence, name: LogName): LogFindings | undefined {
  const log = name === 'server' ? serverLog : postgresLog;
  return isMissing(log) ? undefined : log;
}

function lineExcuses({ faults }: RunEvidence, name: LogName): readonly LineExcuse[] {
  return faults.flatMap((record, fault) => {
    const { serverLines, postgresLines, countedLines } = excuseOf(record);
    const lines = name === 'server' ? serverLines : postgresLines;
    if (lines === undefined) return [];
    const left = countedLines === name ? hitsOf(record) : undefined;
    return [{ fault, lines, windows: new FaultWindows([windowOf(record)]), left }];
  });
}

function judgeSpans(
  problem: LogProblem,
  excuses: readonly LineExcuse[],
  { clock }: RunEvidence,
): readonly JudgedSpan[] {
  const isExcusable = !NEVER_EXCUSED.test(problem.class);
  // Those that excuse all first: what others have to spare is for other lines.
  const fitting = excuses
    .filter(({ lines }) => isExcusable && lines.test(problem.class))
    .toSorted((a, b) => (a.left ?? Number.POSITIVE_INFINITY) - (b.left ?? Number.POSITIVE_INFINITY))
    .reverse();
  // A stretch may hold the lines of two faults that followed each other closely. Where their number is the limit, it is enough
  // that some of them can be this fault's.
  const isExcusing = ({ windows, left }: LineExcuse, fromUs: number, toUs: number) =>
    left === undefined ? windows.cover(fromUs, toUs) : windows.touch(fromUs, toUs);
  return problem.spans.map(({ fromMs, toMs, count }) => {
    const [fromUs, toUs] = [monotonicUsOf(clock, fromMs), monotonicUsOf(clock, toMs)] as const;
    let accused = count;
    let fault: number | undefined;
    for (const excuse of fitting.filter((one) => isExcusing(one, fromUs, toUs))) {
      const taken = Math.min(accused, excuse.left ?? accused);
      if (excuse.left !== undefined) excuse.left -= taken;
      if (taken > 0) fault ??= excuse.fault;
      accused -= taken;
    }
    return { fromUs, toUs, count, excused: count - accused, fault };
  });
}
