import { PoolTimeoutError } from '../pool/waiter-queue.ts';

/**
 * What an error of a statement means for the caller.
 *
 * - `outage`: PostgreSQL cannot be reached or takes no work; whether the statement was committed may be unknown
 * - `conflict`: rolled back in favour of another transaction; running it again is safe and likely to succeed
 * - `data`: a value was refused; running it again gives the same answer
 * - `other`: rolled back for another reason (time-outs, missing table, …)
 */
export type FailureKind = 'outage' | 'conflict' | 'data' | 'other';

/** admin_shutdown, crash_shutdown, cannot_connect_now, too_many_connections. */
const OUTAGE_STATES = new Set(['57P01', '57P02', '57P03', '53300']);
/** serialization_failure, deadlock_detected. */
const CONFLICT_STATES = new Set(['40001', '40P01']);
const SOCKET_ERRORS = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/** A connection that ended under its user; carries no SQLSTATE because the server said nothing. */
export class ConnectionLostError extends Error {
  override readonly name = 'ConnectionLostError';
}

/** Tells an outage from bad data by SQLSTATE (PostgreSQL manual, appendix A) or socket error code. */
export function classifyFailure(error: unknown): FailureKind {
  if (error instanceof ConnectionLostError || error instanceof PoolTimeoutError) return 'outage';
  const code = errorCode(error);
  if (code === undefined) return 'other';
  if (code.startsWith('08') || OUTAGE_STATES.has(code) || SOCKET_ERRORS.has(code)) return 'outage';
  if (CONFLICT_STATES.has(code)) return 'conflict';
  // 54: a value is too large for PostgreSQL, an index entry for instance.
  if (code.startsWith('22') || code.startsWith('23') || code.startsWith('54')) return 'data';
  return 'other';
}

/** The SQLSTATE or socket error code of an error, if it has one. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
