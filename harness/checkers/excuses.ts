import type { FaultKind, FaultRecord } from '../history/fault-record.ts';
import type { ItemOutcome } from '../history/item-outcome.ts';

/**
 * What one kind of fault must cause in a server that is sound, and nothing more. It excuses that from the moment the fault
 * was begun until {@link RECOVERY_MS} after it was healed; outside, and without such a fault, it is a violation.
 */
export interface Excuse {
  /** Errors in the two logs, by class (which begins with the SQLSTATE or error code, where there is one). */
  readonly serverLines?: RegExp;
  readonly postgresLines?: RegExp;
  /** In this log no more lines than it hit, see FaultRecord.count. */
  readonly countedLines?: LogName;
  /** Sessions that ended so, and their transactions with them: no more than it hit, or all that the server had. */
  readonly sessionsKilled?: Share;
  readonly sessionsAbandoned?: Share;
  readonly sessionsFatal?: Share;
  readonly rollbacks?: Share;
  /** Sessions of the harness's own that held locks or a snapshot: they roll back at their end. */
  readonly ownRollbacks?: true;
  /** As many workers as it hit are replaced. */
  readonly workersReplaced?: true;
  /** Nobody could look at the sessions, and the counters of a PostgreSQL that crashed begin anew. */
  readonly sampleGaps?: true;
  readonly countersReset?: true;
  /** PostgreSQL cannot know that the server has given up sessions: they stand beside those that replace them. */
  readonly staleSessions?: true;
  /** A session may be left waiting inside a transaction, because one of its ends is halted or cut off. */
  readonly idleInTransaction?: true;
  /** Pushes may be answered `buffered`. */
  readonly buffers?: true;
  /** Outcomes that items may have. */
  readonly outcomes?: readonly ItemOutcome[];
}

export type LogName = 'server' | 'postgres';

/** `counted`: as many as the fault hit; `all`: every session the server had; `timeouts`: as PostgreSQL logged time-outs. */
export type Share = 'counted' | 'all' | 'timeouts';

/** How long a sound server may need to be itself again. Measured with the reference server: 0.1 to 2.5 s. */
export const RECOVERY_MS = 10_000;

/**
 * How the server says that it lost or cannot have a connection to PostgreSQL: SQLSTATE 57P0x and class 08, errors of
 * sockets, and words where there is no code.
 */
const DATABASE_LOST =
  /^(57P0[123]|08[0-9A-Z]{3}|ECONN(REFUSED|RESET|ABORTED)|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH) |connection was (lost|discarded)|connection terminated|timeout expired|no database connection became free|PostgreSQL (does not answer|cannot be reached)/i;

/** lock_not_available, query_canceled (which a statement time-out is). */
const TIMED_OUT = /^(55P03|57014) /;

/** idle_in_transaction_session_timeout. */
const IDLE_TOO_LONG = /^25P03 /;

const NO_SLOT = /^53300 /;

/** As after a silence: sessions that PostgreSQL still keeps can leave no slot for those that replace them. */
const LOST_OR_NO_SLOT = new RegExp(`${DATABASE_LOST.source}|${NO_SLOT.source}`, 'i');

/** No connection of the clients survives, and those under way get no answer. */
const CLIENTS_CUT = { outcomes: ['rejected', 'indeterminate'] } as const satisfies Excuse;

/** What PostgreSQL sees of it: a session in the middle of a statement ends with "FATAL: connection to client lost" (08006). */
const SESSIONS_BROKEN = {
  postgresLines: /^08[0-9A-Z]{3} /,
  sessionsAbandoned: 'all',
  sessionsFatal: 'all',
  rollbacks: 'all',
} as const satisfies Excuse;

/** The server's connections to PostgreSQL break. */
const DATABASE_CUT = {
  ...SESSIONS_BROKEN,
  serverLines: DATABASE_LOST,
  buffers: true,
} as const satisfies Excuse;

/** The same without anybody being told. */
const DATABASE_SILENT = {
  ...DATABASE_CUT,
  serverLines: LOST_OR_NO_SLOT,
  postgresLines: /^(08[0-9A-Z]{3}|25P03|53300) /,
  staleSessions: true,
  idleInTransaction: true,
} as const satisfies Excuse;

/** Statements wait until they are given up. */
const STATEMENTS_WAIT = {
  serverLines: TIMED_OUT,
  postgresLines: TIMED_OUT,
  rollbacks: 'timeouts',
  outcomes: ['failed', 'indeterminate'],
} as const satisfies Excuse;

const EXCUSES: Readonly<Record<FaultKind, Excuse>> = Object.freeze({
  'postgres-kill': {
    serverLines: DATABASE_LOST,
    postgresLines: /^57P0[123] /,
    sampleGaps: true,
    countersReset: true,
    buffers: true,
  },
  'postgres-pause': {
    ...DATABASE_CUT,
    serverLines: LOST_OR_NO_SLOT,
    // Its clocks went on meanwhile.
    postgresLines: /^(08[0-9A-Z]{3}|55P03|57014|25P03|53300) /,
    sampleGaps: true,
    staleSessions: true,
    idleInTransaction: true,
  },
  'postgres-restart': {
    serverLines: DATABASE_LOST,
    postgresLines: /^(57P0[123] |00000 background worker "logical replication launcher")/,
    sessionsKilled: 'all',
    rollbacks: 'all',
    sampleGaps: true,
    buffers: true,
  },
  'backends-terminate': {
    serverLines: DATABASE_LOST,
    postgresLines: /^57P01 /,
    countedLines: 'postgres',
    sessionsKilled: 'counted',
    rollbacks: 'counted',
    buffers: true,
  },
  'connections-taken': { serverLines: NO_SLOT, postgresLines: NO_SLOT, buffers: true },
  'row-lock': { ...STATEMENTS_WAIT, ownRollbacks: true },
  'table-lock': { ...STATEMENTS_WAIT, ownRollbacks: true },
  'slow-queries': STATEMENTS_WAIT,
  'held-xmin': { ownRollbacks: true },
  'network-cut': DATABASE_CUT,
  'network-reset': DATABASE_CUT,
  'network-black-hole': DATABASE_SILENT,
  'network-half-open': DATABASE_SILENT,
  'network-latency': { ...DATABASE_CUT, idleInTransaction: true },
  'network-bandwidth': { ...DATABASE_CUT, idleInTransaction: true },
  'server-kill': { ...CLIENTS_CUT, ...SESSIONS_BROKEN },
  'server-terminate': CLIENTS_CUT,
  'server-pause': {
    serverLines: IDLE_TOO_LONG,
    postgresLines: IDLE_TOO_LONG,
    sessionsFatal: 'all',
    rollbacks: 'all',
    idleInTransaction: true,
    outcomes: ['indeterminate'],
  },
  'worker-kill': {
    ...CLIENTS_CUT,
    serverLines: /^worker died$/,
    countedLines: 'server',
    ...SESSIONS_BROKEN,
    workersReplaced: true,
  },
  maintenance: { buffers: true },
  'buffer-disk-full': {
    serverLines: /^(ENOSPC|EDQUOT|EFBIG) |file buffer|cannot be buffered/,
    buffers: true,
    outcomes: ['failed', 'indeterminate'],
  },
});

/** Excused by no fault: what a sound server or PostgreSQL never does, whatever is done to it. */
export const NEVER_EXCUSED =
  /^40P01 |deadlock|another command is already in progress|PANIC|was terminated by (signal|exception)|current transaction is aborted/i;

/** What a fault excuses; one that was never in effect excuses nothing. */
export function excuseOf({ kind, between, outcome }: FaultRecord): Excuse {
  if (outcome === 'impossible') return {};
  if (!kind.startsWith('network-') || between !== 'clients') return EXCUSES[kind];
  return kind === 'network-latency' ? {} : CLIENTS_CUT;
}

/** How many the fault hit; a worker-kill hits one worker. Undefined when it was not counted. */
export function hitsOf({ kind, count }: FaultRecord): number | undefined {
  return count ?? (kind === 'worker-kill' ? 1 : undefined);
}

/** Whether such a fault may send pushes to the file buffer. Between the server and its clients none does. */
export function sendsPushesToBuffer({ kind, between }: Pick<FaultRecord, 'kind' | 'between'>): boolean {
  const isAmongClients = kind.startsWith('network-') && between === 'clients';
  return !isAmongClients && EXCUSES[kind].buffers === true;
}
