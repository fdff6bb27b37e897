import { isMissing, type LogFindings, type Missing, type RunEvidence, WITNESS_LIMIT } from '../history/evidence.ts';
import { Judgement } from './judgement.ts';
import { countOfSeverity } from './log-match.ts';
import type { CheckResult } from './verdict.ts';

/**
 * Neither the server nor PostgreSQL reported an error, no session broke, no deadlock happened, and every process lived
 * until it was told to end, and then ended well. Warnings are counted, not accused.
 *
 * PostgreSQL behind a URL keeps its log to itself; then the counters of `pg_stat_database` judge alone.
 */
export function checkServerErrors(evidence: RunEvidence): CheckResult {
  const { serverLog, postgresLog, databaseCounters } = evidence;
  const judgement = new Judgement('server-errors');
  judgeLog(judgement, serverLog);
  if (isMissing(serverLog)) judgement.lack(serverLog.missing);
  judgeLog(judgement, postgresLog);
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
  };
  const warnings = counts.serverWarnings + counts.postgresWarnings;
  const basis = isMissing(postgresLog) ? ` (by pg_stat_database alone: ${postgresLog.missing})` : '';
  return judgement.result(counts, `no errors, ${warnings} warnings${basis}`);
}

function judgeLog(judgement: Judgement, log: LogFindings | Missing): void {
  const errors = countOfSeverity(log, 'error', 'fatal');
  if (isMissing(log) || errors === 0) return;
  const witness = log.problems
    .filter(({ severity }) => severity !== 'warning')
    .toSorted((a, b) => b.count - a.count)
    .slice(0, WITNESS_LIMIT)
    .map(({ severity, count, class: name, example }) => `${log.source}: ${count} × ${severity} ${name}: ${example}`);
  judgement.accuse(`${errors} errors in the ${log.source}`, witness);
}

function judgeCounters(judgement: Judgement, evidence: RunEvidence): Readonly<Record<string, number>> {
  const { databaseCounters, postgresLog } = evidence;
  if (isMissing(databaseCounters)) return {};
  const { deadlocks, sessionsFatal, sessionsKilled, rollbacks } = databaseCounters;
  const counts = { deadlocks, sessionsFatal, sessionsKilled };
  for (const [name, count] of Object.entries({
    deadlocks,
    'sessions ended by a fatal error': sessionsFatal,
    'sessions killed': sessionsKilled,
    // Every error rolls its transaction back; with the log at hand the errors themselves are seen.
    ...(isMissing(postgresLog) ? { rollbacks } : {}),
  })) {
    if (count > 0) judgement.accuse(`${count} ${name}`);
  }
  return counts;
}

function judgeLifecycle(judgement: Judgement, { lifecycle }: RunEvidence): void {
  if (isMissing(lifecycle)) {
    judgement.lack(lifecycle.missing);
    return;
  }
  const { startedOnce, earlyExit, workersReplaced, exitCode } = lifecycle;
  if (!startedOnce) judgement.lack('the server never listened');
  if (workersReplaced > 0) judgement.accuse(`${workersReplaced} workers died and were replaced`);
  if (earlyExit !== undefined) judgement.accuse(`the server ended before it was told to (${earlyExit})`);
  else if (exitCode === undefined) judgement.accuse('the server did not end when it was told to and was killed');
  else if (exitCode !== 0) judgement.accuse(`the server ended with exit code ${exitCode}`);
}
