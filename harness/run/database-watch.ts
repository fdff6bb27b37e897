import type { ConnectionEvidence, DatabaseCounters, Missing, RunEvidence } from '../history/evidence.ts';
import { isMissing } from '../history/evidence.ts';
import type { Ledger } from '../history/ledger.ts';
import type { RunClock } from '../history/run-clock.ts';
import type { SystemSamples } from '../measure/system-samples.ts';
import type { ConnectionTarget, RunDatabase, RunningPostgres } from '../postgres/provider.ts';
import { type ConnectionSampler, countServerSessions, startConnectionSampler } from '../target/connection-sampler.ts';
import { type CounterReading, countersBetween, readDatabaseCounters } from '../target/database-counters.ts';
import { readDeadLetters } from '../target/dead-letters.ts';
import { activitySamples } from '../target/session-activity.ts';
import { readStoredRows } from '../target/stored-rows.ts';
import type { TargetUnderTest } from '../target/target-under-test.ts';
import { attempt } from './attempt.ts';
import { logEnd, scanPostgresLog } from './scan-log.ts';

/** The database under a run. */
export interface WatchedDatabase {
  readonly postgres: RunningPostgres;
  readonly database: RunDatabase;
}

const EVIDENCE_NAMES = ['rows', 'deadLetters', 'connections', 'postgresLog', 'databaseCounters'] as const;

type DatabaseEvidence = Pick<RunEvidence, (typeof EVIDENCE_NAMES)[number]>;

interface EvidenceOrder {
  readonly ledger: Ledger;
  /** Stopped by now, if it was ours to stop. */
  readonly target: TargetUnderTest;
  readonly budget: ConnectionEvidence['budget'];
  readonly signal: AbortSignal;
}

/** What is seen of a run from its database's side. Disposing it ends the sampling. */
export interface DatabaseWatch extends AsyncDisposable {
  /** What the server's sessions were seen to do so far. */
  activity(): SystemSamples | Missing;
  /**
   * Ends the sampling and collects; evidence that cannot be had is Missing. Throws only the signal's reason.
   */
  collect(order: EvidenceOrder): Promise<DatabaseEvidence>;
}

const SAMPLE_INTERVAL_MS = 100;

/** Starts to watch, before the server is started. A database that is not known leaves all its evidence Missing. */
export async function watchDatabase(watched: WatchedDatabase | Missing, clock: RunClock): Promise<DatabaseWatch> {
  if (isMissing(watched)) {
    const nothing = Object.fromEntries(EVIDENCE_NAMES.map((name) => [name, watched])) as DatabaseEvidence;
    return { activity: () => watched, collect: async () => nothing, [Symbol.asyncDispose]: async () => undefined };
  }
  const { postgres, database } = watched;
  const logStart = 'file' in postgres.log ? await logEnd(postgres.log.file) : 0;
  const countersBefore = await attempt(() => readDatabaseCounters(postgres.admin, database.name));
  const sampler = await startConnectionSampler(postgres.admin, {
    intervalMs: SAMPLE_INTERVAL_MS,
    databaseName: database.name,
    startedUs: clock.monotonicUs,
  });
  return {
    activity: () => activitySamples(sampler.activity, sampler.series.gaps, clock.monotonicUs),
    collect: async (order) => {
      const connections = await connectionEvidence(sampler, watched, order);
      return {
        connections,
        databaseCounters: await countersSince(countersBefore, watched),
        ...(await messageEvidence(database.target, order)),
        postgresLog:
          'file' in postgres.log ? await scanPostgresLog(postgres.log.file, { fromOffset: logStart }) : postgres.log,
      };
    },
    [Symbol.asyncDispose]: () => sampler[Symbol.asyncDispose](),
  };
}

/** What the tables hold of the run; where they are is asked once. */
async function messageEvidence(
  database: ConnectionTarget,
  { target, ledger, signal }: EvidenceOrder,
): Promise<Pick<RunEvidence, 'rows' | 'deadLetters'>> {
  const source = await attempt(() => target.locateRows(database), signal);
  if (isMissing(source)) return { rows: source, deadLetters: source };
  return {
    rows: await attempt(() => readStoredRows(database, ledger, source), signal),
    deadLetters: await attempt(() => readDeadLetters(database, ledger, source), signal),
  };
}

async function countersSince(
  before: CounterReading | Missing,
  { postgres, database }: WatchedDatabase,
): Promise<DatabaseCounters | Missing> {
  const after = await attempt(() => readDatabaseCounters(postgres.admin, database.name));
  if (isMissing(before)) return before;
  return isMissing(after) ? after : countersBetween(before, after);
}

async function connectionEvidence(
  sampler: ConnectionSampler,
  { postgres, database }: WatchedDatabase,
  { target, budget }: EvidenceOrder,
): Promise<ConnectionEvidence> {
  const isOurs = target.server !== undefined;
  const leftAfterExit = isOurs ? await attempt(() => countServerSessions(postgres.admin, database.name)) : undefined;
  return {
    ...(await sampler.stop()),
    sampleIntervalMs: SAMPLE_INTERVAL_MS,
    maxConnections: postgres.maxConnections,
    budget,
    leftAfterExit,
  };
}
