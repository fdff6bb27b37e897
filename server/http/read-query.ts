import { refusalOfName } from '../queue/push-item.ts';
import type { Page } from '../sql/queue-resources.ts';
import { RequestError } from './request-error.ts';

/** Given twice, a parameter is an array. */
export type Query = Readonly<Record<string, string | readonly string[] | undefined>>;

const MAX_LIMIT = 1_000;
/** So far down nobody reads; the rows before would be worked out for nothing. */
const MAX_OFFSET = 1_000_000;

/** One value of the query; empty is as if absent. @throws RequestError 400 when it is given twice. */
function queryText(query: Query, name: string): string | undefined {
  const value = query[name];
  if (value === '') return undefined;
  if (value === undefined || typeof value === 'string') return value;
  throw badRequest(`${name} must be given once`);
}

/** A name to look for. @throws RequestError 400 for one that PostgreSQL cannot be asked for. */
export function queryName(query: Query, name: string): string | undefined {
  const value = queryText(query, name);
  const refusal = value === undefined ? undefined : refusalOfName(name, value);
  if (refusal !== undefined) throw badRequest(refusal);
  return value;
}

/** One of several words. @throws RequestError 400 that lists them. */
export function queryWord<const Words extends readonly string[]>(
  query: Query,
  name: string,
  words: Words,
): Words[number] | undefined {
  const value = queryText(query, name);
  if (value === undefined || words.includes(value)) return value;
  throw badRequest(`${name}: expected ${words.join(', ')}, got '${value}'`);
}

/** `limit` and `offset`. @throws RequestError 400 for what is no number or too large. */
export function queryPage(query: Query, defaultLimit: number): Page {
  return {
    limit: wholeNumber('limit', queryText(query, 'limit') ?? String(defaultLimit), 1, MAX_LIMIT),
    offset: wholeNumber('offset', queryText(query, 'offset') ?? '0', 0, MAX_OFFSET),
  };
}

/** From when (inclusive) and to when (exclusive). */
export interface TimeRange {
  readonly from: Date;
  readonly to: Date;
}

/** Messages bear PostgreSQL's clock, which may be ahead of ours. */
const CLOCK_TOLERANCE_MS = 60_000;

/**
 * `from` and `to`. Without `to` it is the end of what a clock somewhat ahead of ours may call now, so that nothing that
 * exists is too young to be seen; without `from`, `defaultMs` before now or before `to`.
 *
 * @throws RequestError 400 for what is no time.
 */
export function queryTimeRange(query: Query, now: Date, defaultMs: number): TimeRange {
  const to = queryTime(query, 'to') ?? new Date(now.getTime() + CLOCK_TOLERANCE_MS);
  return { from: queryTime(query, 'from') ?? new Date(Math.min(now.getTime(), to.getTime()) - defaultMs), to };
}

/** A time of the query. @throws RequestError 400 for what is none. */
export function queryTime(query: Query, name: string): Date | undefined {
  const text = queryText(query, name);
  if (text === undefined) return undefined;
  const time = new Date(text);
  if (/^\d{4}-/.test(text) && !Number.isNaN(time.getTime())) return time;
  throw badRequest(`${name}: expected an ISO 8601 timestamp, got '${text}'`);
}

function wholeNumber(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw badRequest(`${name}: expected a whole number from ${min} to ${max}, got '${text}'`);
}

function badRequest(message: string): RequestError {
  return new RequestError(message, { statusCode: 400 });
}
