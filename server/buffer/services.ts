/**
 * Where pushes go, on all workers of a server alike.
 *
 * - `direct`: to PostgreSQL; the buffer is empty
 * - `buffering`: to the buffer; PostgreSQL is away, or in maintenance, or the buffer is not drained yet
 * - `closing`: nowhere for a moment: new pushes wait until the rest of the buffer is drained
 */
type Route = 'direct' | 'buffering' | 'closing';

export interface RouteState {
  readonly route: Route;
  /** Grows with every change of the route. */
  readonly epoch: number;
  readonly maintenance: boolean;
}

/** A queue as far as buffering needs to know it. */
export interface KnownQueue {
  readonly name: string;
  readonly encrypted: boolean;
}

/** What PostgreSQL says of the things all its servers share. */
export interface DatabaseView {
  readonly maintenance: MaintenanceState;
  /** Changes whenever a queue comes, goes or is configured. */
  readonly fingerprint: string;
  /** Absent when the fingerprint is the one that was asked with. */
  readonly queues: readonly KnownQueue[] | undefined;
}

export interface MaintenanceState {
  readonly enabled: boolean;
  /** Grows with every change, whichever server makes it. */
  readonly version: number;
}

/** What a worker is told when it joins. */
interface WorkerStart {
  readonly state: RouteState;
  readonly queues: readonly KnownQueue[];
  /** The schema is there and the budget fits; until then no connection may be opened. */
  readonly databasePrepared: boolean;
}

/** `direct`: the route is open again; push there. */
export type AppendAnswer =
  | { readonly outcome: 'buffered' | 'direct' }
  | { readonly outcome: 'refused'; readonly reason: string };

export interface BufferStatus {
  readonly pending: number;
  /** Records and damaged stretches that lie in `failed/`. */
  readonly failed: number;
  readonly failedFiles: number;
  readonly failedBytes: number;
  /** The last write to the disk worked. */
  readonly healthy: boolean;
  readonly maintenance: boolean;
}

/**
 * What became of a buffered record. `retry` and `unavailable`: nothing; it is asked for again, after a moment, and before
 * any later record of its partition.
 */
export type ReplayOutcome =
  | { readonly status: 'stored' | 'duplicate' | 'unavailable' }
  | { readonly status: 'failed'; readonly reason: string }
  | { readonly status: 'retry'; readonly reason: string };

/** What the primary does for workers. */
export type PrimaryService = {
  readonly hello: (argument: undefined) => Promise<WorkerStart>;
  /** Keeps records; the epoch is the one the worker acts in. Answered when they are safe and no worker pushes directly. */
  readonly append: (argument: { readonly epoch: number; readonly records: readonly string[] }) => Promise<AppendAnswer>;
  readonly status: (argument: undefined) => Promise<BufferStatus>;
  /** Resolves when every worker knows. */
  readonly maintenanceChanged: (argument: MaintenanceState) => Promise<void>;
  /** Resolves when every worker knows. */
  readonly queueConfigured: (argument: KnownQueue) => Promise<void>;
};

/** What a worker does for the primary. */
export type WorkerService = {
  /** When it returns, the worker starts no push that is against the new state. */
  readonly changeRoute: (argument: RouteState) => Promise<void>;
  /** All queues there are. */
  readonly learnQueues: (argument: readonly KnownQueue[]) => Promise<void>;
  /** Outcomes in the order of the records. */
  readonly replay: (argument: readonly string[]) => Promise<readonly ReplayOutcome[]>;
  /** Undefined when PostgreSQL does not answer. */
  readonly lookAtDatabase: (argument: { readonly fingerprint: string }) => Promise<DatabaseView | undefined>;
  readonly openDatabase: (argument: undefined) => Promise<void>;
};
