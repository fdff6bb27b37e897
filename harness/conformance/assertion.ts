import { isDeepStrictEqual } from 'node:util';
import { Violation } from './finding-error.ts';
import type { Reply } from './http-client.ts';
import type { SentRequest } from './sent-request.ts';

const MAX_QUOTED = 300;

/** A value from outside, short enough for a report. */
export function quoted(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  return text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}… (${text.length} characters)` : text;
}

/** A reply as it is shown: status and body. */
export function shown({ status, text }: Reply): string {
  return text === '' ? `${status} with an empty body` : `${status} ${quoted(text)}`;
}

/** True for JSON objects. */
export function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The reply's body as an object; one without fields when it is none. */
export function fieldsOf({ json }: Reply): Readonly<Record<string, unknown>> {
  return isFields(json) ? json : {};
}

/**
 * The declared status. From a server that answers everything with 200, the body must say the same: an `error` for 400
 * and above, nothing for 204, no `error` below.
 *
 * @throws Violation
 */
export function expectStatus(reply: Reply, declared: number): void {
  if (!meansStatus(reply, declared))
    throw new Violation(`status ${declared}`, { came: shown(reply), request: reply.request });
}

/** Whether a reply has the declared status or, where everything is 200, a body that says the same. */
export function meansStatus(reply: Reply, declared: number): boolean {
  if (reply.status === declared) return true;
  if (!reply.always200 || reply.status !== 200) return false;
  const refused = isRefusal(fieldsOf(reply));
  if (declared === 204) return reply.text === '' || reply.text === 'null';
  return declared >= 400 ? refused : !refused && reply.json !== undefined;
}

/** A refusal: status 400 or above, or a body that says so where every status is 200. A missing route refuses nothing. @throws Violation */
export function expectRefused(reply: Reply): void {
  const missing = [404, 405].includes(reply.status);
  const refused = (reply.status >= 400 && !missing) || (reply.always200 && isRefusal(fieldsOf(reply)));
  if (!refused)
    throw new Violation('a refusal (status 400 or above, not 404)', { came: shown(reply), request: reply.request });
}

function isRefusal(fields: Readonly<Record<string, unknown>>): boolean {
  return typeof fields.error === 'string' || fields.success === false;
}

/** `{"error": …}` with the declared status and a text that contains, or matches, `text`. @throws Violation */
export function expectError(reply: Reply, declared: number, text: string | RegExp = /./): void {
  const { error } = fieldsOf(reply);
  const fits = typeof error === 'string' && (typeof text === 'string' ? error.includes(text) : text.test(error));
  if (fits && meansStatus(reply, declared)) return;
  const wanted = typeof text === 'string' ? `{"error": "…${text}…"}` : '{"error": "…"}';
  throw new Violation(`${declared} ${wanted}`, { came: shown(reply), request: reply.request });
}

/** Deep equality. @throws Violation */
export function expectSame(what: string, came: unknown, expected: unknown, request?: SentRequest): void {
  if (isDeepStrictEqual(came, expected)) return;
  throw new Violation(`${what}: ${quoted(expected)}`, { came: quoted(came), request });
}

/** A condition of any other kind; `expected` and `came` are what a reader sees. @throws Violation */
export function expectThat(holds: boolean, expected: string, came: unknown, request?: SentRequest): asserts holds {
  if (!holds) throw new Violation(expected, { came: quoted(came), request });
}

/** A body that is an object with, at least, these fields of these types. @throws Violation */
export function expectShape(
  reply: Reply,
  shape: Readonly<Record<string, 'string' | 'number' | 'boolean' | 'object' | 'array'>>,
): Readonly<Record<string, unknown>> {
  expectStatus(reply, 200);
  const fields = fieldsOf(reply);
  const wrong = Object.entries(shape).filter(([name, type]) => typeOf(fields[name]) !== type);
  const expected = `200 with ${wrong.map(([name, type]) => `${name}: ${type}`).join(', ')}`;
  expectThat(wrong.length === 0, expected, reply.text, reply.request);
  return fields;
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return value === null ? 'null' : typeof value;
}
