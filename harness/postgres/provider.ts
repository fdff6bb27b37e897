/** Where the PostgreSQL of a run comes from. */
export const PROVIDER_NAMES = ['auto', 'testcontainers', 'embedded', 'url'] as const;

type ProviderName = (typeof PROVIDER_NAMES)[number];

export interface PostgresOptions {
  /** `any` accepts what a URL's server has; a number is enforced, and proved by `SHOW max_connections`. */
  readonly maxConnections: number | 'any';
  /** Further settings for servers we start, as `-c name=value`. */
  readonly settings: Readonly<Record<string, string>>;
  /** Image for testcontainers. */
  readonly image: string;
  /** Folder for the server's log; it is written while the server runs. */
  readonly logFolder: string;
}

/** How to reach one database; the password is kept apart from anything that is printed. */
export interface ConnectionTarget {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

/** Hands on a server that is ours, for faults. Every function resolves when what it does is seen to be done. */
export interface PostgresControl {
  /** SIGKILL to the postmaster and all its children. */
  kill(): Promise<void>;
  /** An orderly stop that ends all sessions at once (fast shutdown). */
  stop(): Promise<void>;
  /** Starts it again after {@link kill} or {@link stop}, at the same address, over the same data. */
  start(): Promise<void>;
  /** SIGSTOP and SIGCONT to the postmaster and all its children. */
  pause(): Promise<void>;
  resume(): Promise<void>;
}

/** A running PostgreSQL. Disposing it stops what we started and removes what we made. */
export interface RunningPostgres extends AsyncDisposable {
  readonly provider: Exclude<ProviderName, 'auto'>;
  /** Why this provider was taken, for the report: one sentence. */
  readonly reason: string;
  /** `select version()`. */
  readonly version: string;
  /** As proved by `SHOW max_connections`. */
  readonly maxConnections: number;
  /** Slots that ordinary roles cannot use (superuser_reserved_connections + reserved_connections). */
  readonly reservedConnections: number;
  /** Settings that differ from the built-in default, for the report. */
  readonly nonDefaultSettings: Readonly<Record<string, string>>;
  /** Maintenance connection; the harness's own sessions carry application_name `queueproof-harness`. */
  readonly admin: ConnectionTarget;
  /** File with the server's log, or the reason why there is none (a server behind a URL keeps its own). */
  readonly log: { readonly file: string } | { readonly missing: string };
  /** Process id of the postmaster that runs now, when that is on this machine and ours. */
  readonly pid: number | undefined;
  /** Hands on the server when it is ours, or the reason why not. */
  readonly control: PostgresControl | { readonly missing: string };
  /** Makes an empty database. Disposing it drops it, unless `keep()` was called: then it stays for a look. */
  createDatabase(name: string): Promise<RunDatabase>;
}

export interface RunDatabase extends AsyncDisposable {
  readonly name: string;
  readonly target: ConnectionTarget;
  /** Keeps the database beyond disposal (after a failed proof on a server that outlives us). */
  keep(): void;
}
