import type { ConnectionSample } from '../history/connection-samples.ts';
import type {
  ConnectionEvidence,
  DatabaseCounters,
  LogFindings,
  LogProblem,
  Promises,
  RunEvidence,
  ServerLifecycle,
  StoredRows,
} from '../history/evidence.ts';
import type { FaultKind, FaultRecord } from '../history/fault-record.ts';
import type { ItemOutcome } from '../history/item-outcome.ts';
import { Ledger } from '../history/ledger.ts';
import { Repeats } from '../history/repeats.ts';

const RUN_ID = "run'1";

/** Evidence of what a test wants to have happened: rows and deliveries follow from the outcomes until they are changed. */
export interface Story {
  readonly ledger: Ledger;
  readonly stored: number[];
  readonly delivered: number[];
}

const ARRIVES: readonly ItemOutcome[] = ['queued', 'buffered'];

/** One message per outcome, in requests of two, told without a fault: what was acknowledged arrived once. */
export function story(outcomes: readonly ItemOutcome[]): Story {
  const ledger = new Ledger(RUN_ID);
  for (let first = 0; first < outcomes.length; first += 2) {
    const items = outcomes.slice(first, first + 2);
    const request = ledger.open({ producer: 7, partition: 3, messages: items.length, invokedUs: 1000 + first });
    items.forEach((outcome, index) => {
      ledger.setOutcome(first + index, outcome);
      if (ARRIVES.includes(outcome)) ledger.setMessageId(first + index, messageId(first + index));
    });
    ledger.complete(request, 2000 + first, 201);
  }
  const arrived = outcomes.map((outcome) => (ARRIVES.includes(outcome) ? 1 : 0));
  return { ledger, stored: [...arrived], delivered: [...arrived] };
}

export function messageId(message: number): string {
  return `0199c3b4-0000-7000-8000-${(message + 1).toString(16).padStart(12, '0')}`;
}

const none = { count: 0, examples: [] };
const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);

export function rows({ stored }: Story, more: Partial<StoredRows> = {}): StoredRows {
  return {
    rows: sum(stored),
    countByMessage: Uint8Array.from(stored),
    unexpected: none,
    idMismatches: none,
    distinctMessageIds: sum(stored),
    ...more,
  };
}

/** A look at a server of the default size that is up and does nothing wrong. */
export function sample(atMs: number, more: Partial<ConnectionSample> = {}): ConnectionSample {
  return {
    atMs,
    total: 78,
    harness: 1,
    async: 45,
    regular: 31,
    control: 1,
    unnamed: 0,
    foreign: 0,
    active: 5,
    idleInTransaction: 2,
    idleInTransactionAborted: 0,
    longestIdleInTransactionMs: 12,
    ...more,
  };
}

export function connections(more: Partial<ConnectionEvidence> = {}): ConnectionEvidence {
  return {
    samples: [0, 100, 200, 310, 400, 500].map((atMs) => sample(atMs)),
    gaps: [],
    sampleIntervalMs: 100,
    maxConnections: 100,
    budget: { total: 76, async: 45, regular: 31 },
    leftAfterExit: 0,
    ...more,
  };
}

export function log(source: string, ...problems: readonly Partial<LogProblem>[]): LogFindings {
  return {
    source,
    lines: 100,
    problems: problems.map((problem) => ({
      class: 'something',
      severity: 'error',
      count: 1,
      example: 'something',
      spans: [],
      ...problem,
    })),
  };
}

export const CLEAN_COUNTERS: DatabaseCounters = {
  resetByCrash: false,
  commits: 1000,
  rollbacks: 0,
  deadlocks: 0,
  sessionsFatal: 0,
  sessionsKilled: 0,
  sessionsAbandoned: 0,
};

export const GOOD_LIFECYCLE: ServerLifecycle = {
  startedOnce: true,
  earlyExit: undefined,
  workersReplaced: 0,
  exitCode: 0,
  endedOnPurpose: 0,
  restarts: 0,
  workersKilled: 0,
};

export function promises(more: Partial<Promises> = {}): Promises {
  return { partitions: 10, leaseMs: 60_000, retryLimit: 100, encrypted: false, faults: [], ...more };
}

/** The run begins at 0 on the ledger's clock. */
const CLOCK = Object.freeze({ monotonicUs: 0, epochMs: 1_800_000_000_000 });

/** A fault that was in effect from `fromMs` to `toMs` of the run. */
export function fault(kind: FaultKind, fromMs: number, toMs: number, more: Partial<FaultRecord> = {}): FaultRecord {
  return {
    kind,
    between: kind.startsWith('network') ? 'database' : undefined,
    invokedUs: fromMs * 1000,
    injectedUs: fromMs * 1000,
    healInvokedUs: toMs * 1000,
    healedUs: toMs * 1000,
    outcome: 'injected',
    detail: 'done',
    ...more,
  };
}

/** So many lines at each of these times of the run. */
export function linesAt(count: number, ...timesMs: readonly number[]): Pick<LogProblem, 'count' | 'spans'> {
  const spans = timesMs.map((atMs) => ({ fromMs: CLOCK.epochMs + atMs, toMs: CLOCK.epochMs + atMs, count }));
  return { count: count * timesMs.length, spans };
}

/** A run without fault, but for what the test puts in its place. */
export function evidence(
  more: Partial<RunEvidence> = {},
  of: Story = story(['queued', 'queued', 'queued']),
): RunEvidence {
  return {
    ledger: of.ledger,
    repeats: new Repeats(of.ledger.runId),
    badItems: { sent: 0, refused: 0, accepted: none, malformed: none },
    consumption: { missing: 'nobody consumed' },
    promises: promises(),
    clock: CLOCK,
    faults: [],
    recovery: { healthyMs: 1, bufferEmptyMs: 2 },
    rows: rows(of),
    deadLetters: { missing: 'nobody looked' },
    buffer: { missing: 'nobody asked' },
    resources: { missing: 'nobody looked' },
    cleartext: { missing: 'nobody searched' },
    connections: connections(),
    serverLog: log('server log'),
    postgresLog: log('PostgreSQL log'),
    databaseCounters: CLEAN_COUNTERS,
    lifecycle: GOOD_LIFECYCLE,
    ...more,
  };
}
