import type { BufferEvidence } from './buffer-evidence.ts';
import type { Cleartext } from './cleartext.ts';
import type { ConnectionSample, SampleGap } from './connection-samples.ts';
import type { ConsumerHistory } from './consumer-history.ts';
import type { DeadLetters } from './dead-letters.ts';
import type { FaultKind, FaultRecord } from './fault-record.ts';
import type { Ledger } from './ledger.ts';
import type { Repeats } from './repeats.ts';
import type { ResourceSamples } from './resource-samples.ts';
import type { RunClock } from './run-clock.ts';

/** Evidence that could not be had, with the reason; a check that needs it answers `unknown`. */
export interface Missing {
  readonly missing: string;
}

/** What the database holds at the end of the run, read row by row, indexed by message number. */
export interface StoredRows {
  readonly rows: number;
  /** Rows per message; saturates at 255. */
  readonly countByMessage: Uint8Array;
  /** Rows whose transaction id this run never sent. */
  readonly unexpected: CountedExamples;
  /** Rows of a `queued` message whose id differs from the `message_id` of the reply. */
  readonly idMismatches: CountedExamples;
  /** Number of different message ids among the rows; less than `rows` means ids repeat. */
  readonly distinctMessageIds: number;
}

export interface CountedExamples {
  readonly count: number;
  readonly examples: readonly string[];
}

/** How many examples a witness names; the count is always whole. */
export const WITNESS_LIMIT = 5;

/** Lines of a log that tell of trouble, grouped by class (SQLSTATE, error code or message shape). */
export interface LogFindings {
  readonly source: string;
  readonly lines: number;
  readonly problems: readonly LogProblem[];
}

export interface LogProblem {
  readonly class: string;
  readonly severity: 'warning' | 'error' | 'fatal';
  readonly count: number;
  readonly example: string;
  /** When the lines were written, in order of time and bounded in number; lines without a time stand in none. */
  readonly spans: readonly LineSpan[];
}

/** Lines of one class that follow each other closely; both times are those of a line. Milliseconds since the epoch. */
export interface LineSpan {
  readonly fromMs: number;
  readonly toMs: number;
  readonly count: number;
}

/** Deltas of `pg_stat_database` for the run's own database between server start and the end of the drain. */
export interface DatabaseCounters {
  /** PostgreSQL forgot its counters in a crash: all of these count from the last recovery on. */
  readonly resetByCrash: boolean;
  readonly commits: number;
  readonly rollbacks: number;
  readonly deadlocks: number;
  readonly sessionsFatal: number;
  readonly sessionsKilled: number;
  readonly sessionsAbandoned: number;
}

/** How the server's processes behaved, from the harness's own watching of them; over all restarts. */
export interface ServerLifecycle {
  readonly startedOnce: boolean;
  /** Exit code or signal if the server ended before it was told to; undefined when it lived, or a fault ended it. */
  readonly earlyExit: string | undefined;
  /** Worker processes the primary had to replace, those that a fault killed among them. */
  readonly workersReplaced: number;
  /** Exit code after SIGTERM, the worst of several; undefined when it had to be killed. */
  readonly exitCode: number | undefined;
  /** How often a fault ended the server, by SIGKILL or SIGTERM. */
  readonly endedOnPurpose: number;
  /** How often it was started again. */
  readonly restarts: number;
  /** Worker processes that a fault killed. */
  readonly workersKilled: number;
}

/** The connections a server configured like this may hold, by the contract's formula. */
export interface ExpectedBudget {
  readonly total: number;
  /** The shares; each may be the whole where it is not known how the total is shared. */
  readonly async: number;
  readonly regular: number;
}

export interface ConnectionEvidence {
  readonly samples: readonly ConnectionSample[];
  /** When nobody could look, and why; in order of time. */
  readonly gaps: readonly SampleGap[];
  readonly sampleIntervalMs: number;
  readonly maxConnections: number;
  readonly budget: ExpectedBudget | Missing;
  /** Sessions of the server still open once it had exited; undefined when it was not ours to end, and has not. */
  readonly leftAfterExit: number | Missing | undefined;
}

/** What all consumers of a run received and settled, those of the final drain among them. */
export interface Consumption {
  readonly history: ConsumerHistory;
  /**
   * For each group of the history, `true` when its drain ended because the queue was empty, nothing was leased and no
   * lease could still run out; otherwise why it ended before.
   */
  readonly drained: readonly (true | string)[];
  /** Deliveries of ids that no message of this run has. */
  readonly unexpected: CountedExamples;
  /** Deliveries whose payload differs from what was sent. */
  readonly altered: CountedExamples;
  /** Answers to pops and acks that are none by the contract. */
  readonly malformed: CountedExamples;
}

/** Items that were sent along with requests although no server may keep them. */
export interface BadItems {
  readonly sent: number;
  /** Answered as they must be; what is left over was in requests without a readable answer. */
  readonly refused: number;
  /** Answered as if they had been stored. */
  readonly accepted: CountedExamples;
  /** Not answered, or with a word outside the contract. */
  readonly malformed: CountedExamples;
}

/** How long a server took to get well, counted from the end of the last fault. */
export interface Recovery {
  /** Until `/health` was answered 200. */
  readonly healthyMs: number;
  /** Until its buffer held nothing any more; Missing when the server does not tell. */
  readonly bufferEmptyMs: number | Missing;
}

/** What the scenario asked for, and so what the server promised to keep. */
export interface Promises {
  readonly partitions: number;
  /** How long a lease is held. */
  readonly leaseMs: number;
  /** Deliveries of a message after which it is a dead letter, counted beyond the first. */
  readonly retryLimit: number;
  /** Rows, buffer files and logs hold no cleartext. */
  readonly encrypted: boolean;
  /** The faults of the schedule, each of which is to be begun at least once. */
  readonly faults: readonly FaultKind[];
}

/** Everything one run leaves behind for the checkers to judge. */
export interface RunEvidence {
  readonly ledger: Ledger;
  readonly repeats: Repeats;
  readonly badItems: BadItems;
  readonly consumption: Consumption | Missing;
  readonly promises: Promises;
  /** The start of the run; connection samples count from here. */
  readonly clock: RunClock;
  /** In the order in which they were begun. */
  readonly faults: readonly FaultRecord[];
  /** How the server got well when the last fault had healed. */
  readonly recovery: Recovery | Missing;
  readonly rows: StoredRows | Missing;
  readonly deadLetters: DeadLetters | Missing;
  readonly buffer: BufferEvidence | Missing;
  readonly resources: ResourceSamples | Missing;
  readonly cleartext: Cleartext | Missing;
  readonly connections: ConnectionEvidence | Missing;
  readonly serverLog: LogFindings | Missing;
  readonly postgresLog: LogFindings | Missing;
  readonly databaseCounters: DatabaseCounters | Missing;
  readonly lifecycle: ServerLifecycle | Missing;
}

/** Tells missing evidence from evidence. */
export function isMissing(evidence: object): evidence is Missing {
  return 'missing' in evidence;
}
