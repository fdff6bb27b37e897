/** Faults a scenario can ask for. */
export const FAULT_KINDS = [
  /** SIGKILL to the postmaster and all its processes; started again when it heals. */
  'postgres-kill',
  /** SIGSTOP to all of PostgreSQL; SIGCONT when it heals. */
  'postgres-pause',
  /** An orderly, fast restart; down until it heals. */
  'postgres-restart',
  /** pg_terminate_backend of `count` of the server's sessions. */
  'backends-terminate',
  /** An intruder takes `count` connection slots, or all that are free. */
  'connections-taken',
  /** Sessions from outside hold every row of the partitions locked. */
  'row-lock',
  /** A session from outside holds the messages table locked against writers. */
  'table-lock',
  /** A transaction with a snapshot and an id of its own stays open. */
  'held-xmin',
  /** The statements of the server take long. */
  'slow-queries',
  /** Connections are closed with FIN and new ones refused. */
  'network-cut',
  /** Connections are reset (RST) and new ones refused. */
  'network-reset',
  /** Nothing passes any more, and nobody is told. */
  'network-black-hole',
  /** One direction passes, replies do not. */
  'network-half-open',
  /** Every packet takes `delay` longer. */
  'network-latency',
  /** At most `bytesPerS` pass. */
  'network-bandwidth',
  /** SIGKILL to the server's whole process group; started again when it heals. */
  'server-kill',
  /** SIGTERM to the server; started again when it heals. */
  'server-terminate',
  /** SIGSTOP to the server's whole process group; SIGCONT when it heals. */
  'server-pause',
  /** SIGKILL to one worker process. */
  'worker-kill',
  /** Maintenance mode, switched on by request and off when it heals. */
  'maintenance',
  /** The file system under the server's buffer has no room left. */
  'buffer-disk-full',
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

/** One fault, as it was planned and as it went. Times are microseconds on the monotonic clock of the ledger. */
export interface FaultRecord {
  readonly kind: FaultKind;
  /** Between the server and whom, for network faults. */
  readonly between: 'database' | 'clients' | undefined;
  /** When it was begun: the intent. */
  readonly invokedUs: number;
  /** When it was seen to be in effect; undefined when it never was. */
  readonly injectedUs: number | undefined;
  /** When healing was begun and when it was seen to be done; undefined when that did not happen. */
  readonly healInvokedUs: number | undefined;
  readonly healedUs: number | undefined;
  /** `impossible`: this provider or machine cannot do it; `failed`: it was tried, and went wrong. */
  readonly outcome: 'injected' | 'impossible' | 'failed';
  /** How many it hit: sessions terminated, slots taken, workers killed, sessions that hold locks; undefined where none are counted. */
  readonly count?: number | undefined;
  /** What was done, with the processes and figures that matter; or why it could not be. No secrets. */
  readonly detail: string;
}
