import { DEFAULT_PARTITION, QUEUE_MODE_GROUP } from '../queue/message.ts';
import type { PopRequest } from '../queue/pop.ts';
import { refusalOfName } from '../queue/push-item.ts';
import { RequestError } from './request-error.ts';

const MAX_BATCH = 10_000;
const MODES_FROM_NOW = ['new', 'new-only'];
const MODES = ['all', 'timestamp', ...MODES_FROM_NOW];

/** Given twice, a parameter is an array. */
export type PopQuery = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface PopParameters {
  readonly queue?: string;
  readonly partition?: string;
}

/** A pop as the consumer asked for it. */
export interface DecodedPop {
  readonly request: PopRequest;
  readonly autoAck: boolean;
  readonly wait: boolean;
  /** Undefined when the consumer named none. */
  readonly timeoutMs: number | undefined;
  /** What the reply calls the group; null in queue mode. */
  readonly shownGroup: string | null;
}

/**
 * Decodes the path and query of a pop. Undefined when it names something that cannot exist: that has no messages, and
 * PostgreSQL must not be asked for it.
 *
 * @throws RequestError 400 for values that are none.
 */
export function decodePop({ queue, partition }: PopParameters, query: PopQuery): DecodedPop | undefined {
  const text = (name: string): string | undefined => singleValue(query, name);
  const consumerGroup = text('consumerGroup');
  const refusal = consumerGroup === undefined ? undefined : refusalOfName('consumerGroup', consumerGroup);
  if (refusal !== undefined) throw badRequest(refusal);
  const [namespace, task] = queue === undefined ? [label(text('namespace')), label(text('task'))] : [];
  if (queue === undefined && namespace === undefined && task === undefined)
    throw badRequest('namespace or task is required');
  const decoded = {
    request: {
      target: { queue, partition, namespace, task, consumerGroup: consumerGroup ?? QUEUE_MODE_GROUP },
      batch: wholeNumber('batch', text('batch') ?? '1', 1, MAX_BATCH),
      startFrom: startFrom(text('subscriptionMode'), text('subscriptionFrom')),
    },
    autoAck: isTrue(text('autoAck')),
    wait: isTrue(text('wait')),
    timeoutMs: optional(text('timeout'), (timeout) => wholeNumber('timeout', timeout, 0, 2 ** 31 - 1)),
    shownGroup: consumerGroup ?? null,
  };
  const names = [queue ?? namespace ?? task ?? '', partition ?? DEFAULT_PARTITION, task ?? DEFAULT_PARTITION];
  return names.some((name) => refusalOfName('', name) !== undefined) ? undefined : decoded;
}

function startFrom(mode: string | undefined, from: string | undefined): string {
  if (mode !== undefined && !MODES.includes(mode)) {
    throw badRequest(`subscriptionMode: expected ${MODES.join(', ')}, got '${mode}'`);
  }
  if (from === 'now' || (from === undefined && mode !== undefined && MODES_FROM_NOW.includes(mode))) return 'now';
  if (from === undefined) {
    if (mode === 'timestamp') throw badRequest('subscriptionFrom is required with subscriptionMode=timestamp');
    return '-infinity';
  }
  const time = new Date(from);
  if (Number.isNaN(time.getTime()) || !/^\d{4}-/.test(from)) {
    throw badRequest(`subscriptionFrom: expected 'now' or an ISO 8601 timestamp, got '${from}'`);
  }
  return time.toISOString();
}

function singleValue(query: PopQuery, name: string): string | undefined {
  const value = query[name];
  if (value === undefined || typeof value === 'string') return value;
  throw badRequest(`${name} must be given once`);
}

/** Queues without a namespace have an empty one; nobody asks for all of these. */
function label(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}

function wholeNumber(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw badRequest(`${name}: expected a whole number from ${min} to ${max}, got '${text}'`);
}

function optional<T>(text: string | undefined, decode: (text: string) => T): T | undefined {
  return text === undefined ? undefined : decode(text);
}

function isTrue(value: string | undefined): boolean {
  return value === 'true' || value === '1';
}

function badRequest(message: string): RequestError {
  return new RequestError(message, { statusCode: 400 });
}
