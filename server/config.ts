import { homedir } from 'node:os';
import { join } from 'node:path';
import { POOL_MODES, type PoolMode } from './pool/connection-budget.ts';
import type { DatabaseAddress } from './pool/session.ts';
import type { BatchLimits } from './queue/batch-plan.ts';

/** Everything the server can be told, complete and frozen. */
export interface ServerConfig {
  readonly host: string;
  readonly port: number;
  readonly workers: number;
  readonly logLevel: string;
  readonly maxBodyBytes: number;
  readonly shutdownTimeoutMs: number;
  readonly database: DatabaseAddress;
  readonly schema: string;
  readonly poolSize: number;
  readonly poolMode: PoolMode;
  readonly acquireTimeoutMs: number;
  readonly startupTimeoutMs: number;
  readonly statementTimeoutMs: number;
  readonly lockTimeoutMs: number;
  readonly idleInTransactionTimeoutMs: number;
  readonly batchLimits: BatchLimits;
  /** Wait of a pop that names no time-out, and the longest there is. */
  readonly waitLimits: { readonly defaultMs: number; readonly maxMs: number };
  /** Pops that may wait in one worker at once. */
  readonly maxWaiters: number;
  /** Push transactions one worker keeps under way at once. */
  readonly pushTransactions: number;
  /** 64 hexadecimal digits: the AES-256 key of encrypted queues. Undefined = such queues are refused. */
  readonly encryptionKey: string | undefined;
  /** Asked of every request but /health when it is set. */
  readonly bearerToken: string | undefined;
  /** Origin whose pages may use the server, or `*`; undefined = none. */
  readonly corsAllowOrigin: string | undefined;
  readonly fileBuffer: {
    readonly directory: string;
    /** All segments together; a push that would go over it is refused. */
    readonly maxBytes: number;
    readonly segmentBytes: number;
  };
  readonly jobs: {
    readonly retentionIntervalMs: number;
    readonly retentionBatchSize: number;
    readonly evictionIntervalMs: number;
    readonly evictionBatchSize: number;
    readonly leaseReclaimIntervalMs: number;
    /** Days the server keeps what it records of itself, and traces. */
    readonly metricsRetentionDays: number;
  };
}

/** A variable holds something the server cannot use; the message names it. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

type Environment = Readonly<Record<string, string | undefined>>;

const BYTES_PER_MB = 2 ** 20;
const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/**
 * Decodes the environment, once. Names and meanings are Queen's where it has the variable; defaults differ where Queen's
 * cannot work: HOST is loopback, and DB_POOL_SIZE fits PostgreSQL's own default of 100 connections.
 *
 * @throws ConfigError naming every variable that is malformed.
 */
export function decodeConfig(environment: Environment): ServerConfig {
  const problems: string[] = [];
  const read = new EnvironmentReader(environment, problems);
  const config: ServerConfig = {
    host: read.text('HOST', '127.0.0.1'),
    port: read.integer('PORT', 6632, { min: 0, max: 65_535 }),
    workers: read.integer('NUM_WORKERS', 2, { min: 1, max: 64 }),
    logLevel: read.oneOf('LOG_LEVEL', LOG_LEVELS, 'info'),
    maxBodyBytes: read.integer('MAX_BODY_SIZE', 100 * BYTES_PER_MB, { min: 1024, max: 512 * BYTES_PER_MB }),
    shutdownTimeoutMs: read.milliseconds('SHUTDOWN_TIMEOUT', 10_000),
    database: {
      host: read.text('PG_HOST', 'localhost'),
      port: read.integer('PG_PORT', 5432, { min: 1, max: 65_535 }),
      database: read.text('PG_DB', 'postgres'),
      user: read.text('PG_USER', 'postgres'),
      password: environment.PG_PASSWORD ?? 'postgres',
      tls: read.boolean('PG_USE_SSL', false),
      tlsVerify: read.boolean('PG_SSL_REJECT_UNAUTHORIZED', true),
      connectTimeoutMs: read.milliseconds('DB_CONNECTION_TIMEOUT', 2_000),
    },
    schema: read.text('PG_SCHEMA', 'queen'),
    poolSize: read.integer('DB_POOL_SIZE', 80, { min: 1, max: 10_000 }),
    poolMode: read.oneOf('POOL_MODE', POOL_MODES, 'split'),
    acquireTimeoutMs: read.milliseconds('DB_POOL_ACQUISITION_TIMEOUT', 10_000),
    startupTimeoutMs: read.milliseconds('DB_STARTUP_TIMEOUT', 30_000),
    statementTimeoutMs: read.milliseconds('DB_STATEMENT_TIMEOUT', 30_000),
    lockTimeoutMs: read.milliseconds('DB_LOCK_TIMEOUT', 10_000),
    idleInTransactionTimeoutMs: read.milliseconds('DB_IDLE_TIMEOUT', 30_000),
    batchLimits: {
      targetBytes: read.integer('BATCH_PUSH_TARGET_SIZE_MB', 4, { min: 1, max: 1024 }) * BYTES_PER_MB,
      maxBytes: read.integer('BATCH_PUSH_MAX_SIZE_MB', 8, { min: 1, max: 1024 }) * BYTES_PER_MB,
      minMessages: read.integer('BATCH_PUSH_MIN_MESSAGES', 100, { min: 1, max: 1_000_000 }),
      maxMessages: read.integer('BATCH_PUSH_MAX_MESSAGES', 10_000, { min: 1, max: 1_000_000 }),
    },
    waitLimits: {
      defaultMs: read.milliseconds('DEFAULT_TIMEOUT', 30_000),
      maxMs: read.milliseconds('MAX_TIMEOUT', 60_000),
    },
    maxWaiters: read.integer('POP_MAX_WAITERS', 10_000, { min: 1, max: 1_000_000 }),
    pushTransactions: read.integer('PUSH_MAX_CONCURRENT', 2, { min: 1, max: 1000 }),
    encryptionKey: read.hexadecimal('QUEEN_ENCRYPTION_KEY', 64),
    bearerToken: read.secret('BEARER_TOKEN'),
    corsAllowOrigin: read.secret('CORS_ALLOW_ORIGIN'),
    fileBuffer: {
      directory: read.text('FILE_BUFFER_DIR', defaultBufferDirectory(environment)),
      maxBytes: read.integer('FILE_BUFFER_MAX_MB', 1024, { min: 1, max: 1_000_000 }) * BYTES_PER_MB,
      segmentBytes: read.integer('FILE_BUFFER_SEGMENT_MB', 16, { min: 1, max: 1024 }) * BYTES_PER_MB,
    },
    jobs: {
      retentionIntervalMs: read.integer('RETENTION_INTERVAL', 300_000, { min: 10, max: 2 ** 31 - 1 }),
      retentionBatchSize: read.integer('RETENTION_BATCH_SIZE', 1000, { min: 1, max: 1_000_000 }),
      evictionIntervalMs: read.integer('EVICTION_INTERVAL', 60_000, { min: 10, max: 2 ** 31 - 1 }),
      evictionBatchSize: read.integer('EVICTION_BATCH_SIZE', 1000, { min: 1, max: 1_000_000 }),
      leaseReclaimIntervalMs: read.integer('LEASE_RECLAIM_INTERVAL', 5_000, { min: 10, max: 2 ** 31 - 1 }),
      metricsRetentionDays: read.integer('METRICS_RETENTION_DAYS', 90, { min: 1, max: 36_500 }),
    },
  };
  if (problems.length > 0) throw new ConfigError(problems.join('\n'));
  return deepFreeze(config);
}

/** One a port, so that two servers of one user do not share it. Not below /tmp: a restart must find it again. */
function defaultBufferDirectory({ XDG_STATE_HOME, PORT }: Environment): string {
  return join(XDG_STATE_HOME ?? join(homedir(), '.local', 'state'), 'queueproof', `buffer-${PORT ?? 6632}`);
}

class EnvironmentReader {
  readonly #environment: Environment;
  readonly #problems: string[];

  constructor(environment: Environment, problems: string[]) {
    this.#environment = environment;
    this.#problems = problems;
  }

  text(name: string, fallback: string): string {
    const raw = this.#environment[name];
    return raw === '' ? this.#refuse(name, raw, 'a text that is not empty', fallback) : (raw ?? fallback);
  }

  integer(name: string, fallback: number, range: { readonly min: number; readonly max: number }): number {
    const raw = this.#environment[name];
    if (raw === undefined) return fallback;
    const value = Number(raw);
    if (/^\d+$/.test(raw) && value >= range.min && value <= range.max) return value;
    return this.#refuse(name, raw, `a whole number from ${range.min} to ${range.max}`, fallback);
  }

  milliseconds(name: string, fallback: number): number {
    return this.integer(name, fallback, { min: 0, max: 2 ** 31 - 1 });
  }

  /** Exactly so many hexadecimal digits; a wrong value is not repeated in the message. */
  hexadecimal(name: string, digits: number): string | undefined {
    const raw = this.#environment[name];
    if (raw === undefined || (raw.length === digits && /^[0-9a-f]*$/i.test(raw))) return raw;
    this.#problems.push(`${name}: expected ${digits} hexadecimal digits, got ${raw.length} characters.`);
    return undefined;
  }

  /** Printable ASCII without spaces, which is what an HTTP header can carry; a wrong value is not repeated. */
  secret(name: string): string | undefined {
    const raw = this.#environment[name];
    if (raw === undefined || /^[!-~]+$/.test(raw)) return raw;
    this.#problems.push(`${name}: expected printable ASCII characters without spaces.`);
    return undefined;
  }

  boolean(name: string, fallback: boolean): boolean {
    return this.oneOf(name, ['true', 'false'], fallback ? 'true' : 'false') === 'true';
  }

  oneOf<const Words extends readonly string[]>(name: string, words: Words, fallback: Words[number]): Words[number] {
    const raw = this.#environment[name];
    if (raw === undefined || words.includes(raw)) return raw ?? fallback;
    return this.#refuse(name, raw, words.join(' or '), fallback);
  }

  #refuse<T>(name: string, raw: string, expected: string, fallback: T): T {
    this.#problems.push(`${name}: expected ${expected}, got ${JSON.stringify(raw)}.`);
    return fallback;
  }
}

function deepFreeze<T extends object>(value: T): Readonly<T> {
  for (const part of Object.values(value)) {
    if (typeof part === 'object' && part !== null) deepFreeze(part);
  }
  return Object.freeze(value);
}
