import { expectStatus, expectThat, isFields, quoted, shown } from './assertion.ts';
import { Violation } from './finding-error.ts';
import type { Reply } from './http-client.ts';

/** One result of a push. */
export interface PushResult {
  readonly status: string;
  readonly transactionId: string;
  readonly messageId: string | undefined;
  readonly error: string | undefined;
}

/** A message of a pop reply; fields that are compared, not used, stay as they came. */
export interface Message {
  readonly id: string;
  readonly transactionId: string;
  readonly partitionId: string;
  readonly queue: string;
  readonly partition: string;
  readonly data: unknown;
  readonly leaseId: string | null;
  readonly traceId: unknown;
  readonly retryCount: unknown;
  readonly priority: unknown;
  readonly createdAt: unknown;
  readonly consumerGroup: unknown;
}

const STATUSES: readonly string[] = ['queued', 'duplicate', 'failed', 'buffered'];

/** The results of a push of `count` items: 201, one an item, each with an allowed word and an id. @throws Violation */
export function pushResults(reply: Reply, count: number): readonly PushResult[] {
  expectStatus(reply, 201);
  const { json } = reply;
  expectThat(Array.isArray(json) && json.length === count, `an array of ${count} results`, shown(reply), reply.request);
  return (json as readonly unknown[]).map((result) => decodeResult(result, reply));
}

function decodeResult(result: unknown, reply: Reply): PushResult {
  const { status, transaction_id: id, message_id: messageId, error } = isFields(result) ? result : {};
  if (typeof status !== 'string' || !STATUSES.includes(status) || typeof id !== 'string' || id === '') {
    const expected = `every result with a status of ${STATUSES.join(', ')} and its transaction_id`;
    throw new Violation(expected, { came: quoted(result), request: reply.request });
  }
  return { status, transactionId: id, messageId: optionalText(messageId), error: optionalText(error) };
}

function optionalText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** The messages of a pop; none for 204. @throws Violation */
export function messagesOf(reply: Reply): readonly Message[] {
  if (reply.status === 204 || (reply.always200 && ['', 'null'].includes(reply.text))) return [];
  expectStatus(reply, 200);
  const messages = isFields(reply.json) ? reply.json.messages : undefined;
  expectThat(
    Array.isArray(messages) && messages.length > 0,
    '200 {"messages": […]} with messages, or 204',
    shown(reply),
    reply.request,
  );
  return (messages as readonly unknown[]).map((message) => decodeMessage(message, reply));
}

function decodeMessage(message: unknown, reply: Reply): Message {
  const fields = isFields(message) ? message : {};
  const { leaseId = null } = fields;
  const texts = ['id', 'transactionId', 'partitionId', 'queue', 'partition'];
  const missing = texts.filter((name) => typeof fields[name] !== 'string');
  const whole = missing.length === 0 && 'data' in fields && (leaseId === null || typeof leaseId === 'string');
  expectThat(whole, `messages with ${texts.join(', ')}, data and leaseId`, message, reply.request);
  return { ...fields, leaseId } as unknown as Message;
}

/** One result of a batch of acknowledgements. */
export interface AckResult {
  readonly transactionId: unknown;
  readonly status: unknown;
  readonly error: unknown;
}

/** The results of `POST /api/v1/ack/batch`: 200, as many as there were items. @throws Violation */
export function ackResults(reply: Reply, count: number): readonly AckResult[] {
  expectStatus(reply, 200);
  const results = isFields(reply.json) ? reply.json.results : undefined;
  const whole = Array.isArray(results) && results.length === count && results.every(isFields);
  expectThat(whole, `200 {"processed": ${count}, "results": […]} with ${count} results`, shown(reply), reply.request);
  return results as unknown as readonly AckResult[];
}
