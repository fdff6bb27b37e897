import { isMissing, type RunEvidence, WITNESS_LIMIT } from '../history/evidence.ts';
import { excusedCount, excusedReplacements, isExcused } from './excused-counts.ts';
import { judgeLines } from './excused-lines.ts';
import type { LogName } from './excuses.ts';
import { Judgement } from './judgement.ts';
import { countOfSeverity } from './log-match.ts';
import type { CheckResult } from './verdict.ts';

/**
 * Neither the server nor PostgreSQL reported an error, no session broke, no deadlock happened, and every process lived
 * until it was told to end, and then ended well. Warnings are counted, not accused; what the run's faults must cause is
 * excused, see excuses.ts.
 *
 * PostgreSQL behind a URL keeps its log to itself; then the counters of `pg_stat_database` judge alone.
 */
export function checkServerErrors(evidence: RunEvidence): CheckResult {
  const { serverLog, postgresLog, databaseCounters } = evidence;
  const judgement = new Judgement('server-errors');
  const excusedErrors = judgeLog(judgement, evidence, 'server') + judgeLog(judgement, evidence, 'postgres');
  if (isMissing(serverLog)) judgement.lack(serverLog.missing);
  const counterCounts = judgeCounters(judgement, evidence);
  if (isMissing(postgresLog) && isMissing(databaseCounters)) {
    judgement.lack(`${postgresLog.missing}; ${databaseCounters.missing}`);
  }
  judgeLifecycle(judgement, evidence);
  const counts = {
    serverErrors: countOfSeverity(serverLog, 'error', 'fatal'),
    serverWarnings: countOfSeverity(serverLog, 'warning'),
    postgresErrors: countOfSeverity(postgresLog, 'error', 'fatal'),
    postgresWarnings: countOfSeverity(postgresLog, 'warning'),
    ...counterCounts,
    ...(evidence.faults.length > 0 ? { excusedErrors } : {}),
  };
  const warnings = counts.serverWarnings + counts.postgresWarnings;
  const errors = excusedErrors > 0 ? `no errors but ${excusedErrors} that the faults must cause` : 'no errors';
  const basis = isMissing(postgresLog) ? ` (by pg_stat_database alone: ${postgresLog.missing})` : '';
  return judgement.result(counts, `${errors}, ${warnings} warnings${basis}`);
}

/** Accuses errors that nothing excuses; returns how many are excused. */
function judgeLog(judgement: Judgement, evidence: RunEvidence, name: LogName): number {
  const judged = judgeLines(evidence, name);
  const source = name === 'server' ? 'server log' : 'PostgreSQL log';
  const errors = judged.reduce((sum, { unexcused }) => sum + unexcused, 0);
  if (errors > 0) {
    const witness = judged
      .filter(({ unexcused }) => unexcused > 0)
      .toSorted((a, b) => b.unexcused - a.unexcused)
      .slice(0, WITNESS_LIMIT)
      .map(({ unexcused, problem: { severity, class: shape, example } }) => {
        return `${source}: ${unexcused} × ${severity} ${shape}: ${example}`;
      });
    judgement.accuse(`${errors} errors in the ${source}`, witness);
  }
  return judged.reduce((sum, { problem, unexcused }) => sum + problem.count - unexcused, 0);
}

function judgeCounters(judgement: Judgement, evidence: RunEvidence): Readonly<Record<string, number>> {
  const { databaseCounters, postgresLog } = evidence;
  if (isMissing(databaseCounters)) return {};
  const { deadlocks, sessionsFatal, sessionsKilled, rollbacks, resetByCrash } = databaseCounters;
  if (resetByCrash && !isExcused(evidence, ({ countersReset }) => countersReset === true)) {
    judgement.accuse('PostgreSQL crashed, and nobody had made it');
  }
  const accusable = {
    deadlocks,
    'sessions ended by a fatal error': sessionsFatal - excusedCount(evidence, 'sessionsFatal'),
    'sessions killed': sessionsKilled - excusedCount(evidence, 'sessionsKilled'),
    // Every error rolls its transaction back; with the log at hand the errors themselves are seen.
    ...(isMissing(postgresLog) ? { rollbacks: rollbacks - excusedCount(evidence, 'rollbacks') } : {}),
  };
  for (const [name, count] of Object.entries(accusable)) if (count > 0) judgement.accuse(`${count} ${name}`);
  return { deadlocks, sessionsFatal, sessionsKilled };
}

function judgeLifecycle(judgement: Judgement, evidence: RunEvidence): void {
  const { lifecycle } = evidence;
  if (isMissing(lifecycle)) {
    judgement.lack(lifecycle.missing);
    return;
  }
  const { startedOnce, earlyExit, workersReplaced, exitCode } = lifecycle;
  if (!startedOnce) judgement.lack('the server never listened');
  const died = workersReplaced - excusedReplacements(evidence);
  if (died > 0) judgement.accuse(`${died} workers died and were replaced`);
  if (earlyExit !== undefined) judgement.accuse(`the server ended before it was told to (${earlyExit})`);
  else if (exitCode === undefined) judgement.accuse('the server did not end when it was told to and was killed');
  else if (exitCode !== 0) judgement.accuse(`the server ended with exit code ${exitCode}`);
}
