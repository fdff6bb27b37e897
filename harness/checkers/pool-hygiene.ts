import { isMissing, type RunEvidence } from '../history/evidence.ts';
import { excusedCount } from './excused-counts.ts';
import { windowsExcusing } from './fault-windows.ts';
import { Judgement } from './judgement.ts';
import { problemsMatching } from './log-match.ts';
import type { CheckResult } from './verdict.ts';

/**
 * How long a session may be idle inside a transaction. The statements of a push follow each other without waiting for
 * anybody outside, so idleness is the server's own turn-round: milliseconds, tens of them when its event loop is busy.
 * A connection that went back to its pool inside a transaction stays idle until somebody takes it, or for ever.
 */
const MAX_IDLE_IN_TRANSACTION_MS = 1000;

/**
 * What libpq, PostgreSQL and the pg driver say when a connection is used out of turn: a statement before the result of
 * the last one was read, BEGIN inside a transaction, COMMIT outside one.
 */
export const OUT_OF_TURN =
  /another command is already in progress|already a transaction in progress|no transaction in progress|client is already executing a query|current transaction is aborted/i;

/**
 * How the reference server says that it gave up an attempt to connect: on a machine too busy to answer in time PostgreSQL may
 * have let the session in already. Nothing was ever asked of it, so it is none that a pool left dirty.
 */
const NEVER_OPENED = /could not open a database connection/;

/**
 * Connections came back to the pool clean: none was ever idle in a failed transaction or for long in an open one, none
 * was used out of turn, nothing was rolled back although nothing failed, none was dropped without a goodbye; but for what
 * the run's faults must cause, see excuses.ts.
 */
export function checkPoolHygiene(evidence: RunEvidence): CheckResult {
  const judgement = new Judgement('pool-hygiene');
  const counts = {
    ...judgeSessions(judgement, evidence),
    ...judgeLogs(judgement, evidence),
    ...judgeCounters(judgement, evidence),
  };
  return judgement.result(counts, 'no session was left in a transaction, used out of turn, rolled back or abandoned');
}

function judgeSessions(judgement: Judgement, evidence: RunEvidence): Readonly<Record<string, number>> {
  const { connections, clock, faults } = evidence;
  if (isMissing(connections)) {
    judgement.lack(connections.missing);
    return {};
  }
  const { samples } = connections;
  const halted = windowsExcusing(faults, ({ idleInTransaction }) => idleInTransaction === true);
  if (samples.length === 0) judgement.lack('the sessions were never looked at');
  const aborted = samples.filter(({ idleInTransactionAborted }) => idleInTransactionAborted > 0);
  const idleMs = ({ longestIdleInTransactionMs }: { longestIdleInTransactionMs: number }) => longestIdleInTransactionMs;
  const judged = samples.filter(({ atMs }) => {
    const atUs = clock.monotonicUs + atMs * 1000;
    return !halted.cover(atUs, atUs);
  });
  const longestIdleMs = judged.reduce((longest, sample) => Math.max(longest, idleMs(sample)), 0);
  if (aborted[0] !== undefined) {
    const { atMs, idleInTransactionAborted } = aborted[0];
    judgement.accuse('sessions were idle in an aborted transaction', [
      `at ${Math.round(atMs)} ms: ${idleInTransactionAborted} sessions "idle in transaction (aborted)"`,
    ]);
  }
  if (longestIdleMs > MAX_IDLE_IN_TRANSACTION_MS) {
    const worst = judged.find((sample) => idleMs(sample) === longestIdleMs);
    judgement.accuse(`a session was idle in a transaction for ${Math.round(longestIdleMs)} ms`, [
      `at ${Math.round(worst?.atMs ?? 0)} ms: idle in a transaction for ${Math.round(longestIdleMs)} ms`,
    ]);
  }
  return { samplesWithAborted: aborted.length, longestIdleInTransactionMs: Math.round(longestIdleMs) };
}

/**
 * A server behind a URL keeps its log to itself. Its counters can stand in: whatever PostgreSQL refuses out of turn is
 * rolled back and counted, only its mere warnings stay unseen.
 */
function judgeLogs(
  judgement: Judgement,
  { serverLog, postgresLog, databaseCounters }: RunEvidence,
): Readonly<Record<string, number>> {
  let outOfTurn = 0;
  if (isMissing(serverLog)) judgement.lack(serverLog.missing);
  if (isMissing(postgresLog) && isMissing(databaseCounters)) judgement.lack(postgresLog.missing);
  for (const log of [serverLog, postgresLog]) {
    for (const { count, class: name, example } of problemsMatching(log, OUT_OF_TURN)) {
      outOfTurn += count;
      judgement.accuse(`${count} × ${name}`, [example]);
    }
  }
  return { outOfTurn };
}

function judgeCounters(judgement: Judgement, evidence: RunEvidence): Readonly<Record<string, number>> {
  const { databaseCounters, serverLog } = evidence;
  if (isMissing(databaseCounters)) {
    judgement.lack(databaseCounters.missing);
    return {};
  }
  const { commits, rollbacks, sessionsAbandoned } = databaseCounters;
  const rolledBack = rollbacks - excusedCount(evidence, 'rollbacks');
  const neverOpened = problemsMatching(serverLog, NEVER_OPENED).reduce((sum, { count }) => sum + count, 0);
  const dropped = sessionsAbandoned - neverOpened - excusedCount(evidence, 'sessionsAbandoned');
  if (rolledBack > 0) judgement.accuse(`${rolledBack} unexpected rollbacks`);
  if (dropped > 0) judgement.accuse(`${dropped} sessions were dropped without a goodbye`);
  return { commits, rollbacks, sessionsAbandoned };
}
