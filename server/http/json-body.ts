import { isUtf8 } from 'node:buffer';
import { RequestError } from './request-error.ts';

/**
 * Text that may hold a number which does not survive a double: sixteen digits or more, an exponent, minus zero; looked for
 * only where a value can begin, because ids in hexadecimal are full of digits around an `e`. A false alarm (such text
 * inside a string) only costs time.
 */
const RISKY_NUMBER = /(?:^|[:,[\s])(?:-?\d[\d.]{15}|-?\d[\d.]*[eE]|-0)/;

type SourceReviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;

/**
 * Parses a request body. Numbers that a double cannot hold keep their text (`JSON.rawJSON`), so that
 * `JSON.stringify` gives back what was sent: a queue must not alter a payload.
 *
 * @throws RequestError 400 for an empty body, one that is not UTF-8, or invalid JSON.
 */
export function parseJsonBody(body: Buffer): unknown {
  if (body.length === 0) throw new RequestError('Empty request body', { statusCode: 400 });
  // Decoding would put U+FFFD in the place of what is no text, and store that.
  if (!isUtf8(body)) throw new RequestError('Invalid JSON: the body is not UTF-8', { statusCode: 400 });
  const text = body.toString('utf8');
  try {
    return RISKY_NUMBER.test(text) ? parseKeepingNumbers(text) : JSON.parse(text);
  } catch (error) {
    throw new RequestError(`Invalid JSON: ${error instanceof Error ? error.message : String(error)}`, {
      statusCode: 400,
      cause: error,
    });
  }
}

/** Source text access (ECMAScript proposal "JSON.parse source text access") is in V8 but not yet in TypeScript's library. */
function parseKeepingNumbers(body: string): unknown {
  const json = JSON as unknown as {
    parse(text: string, reviver: SourceReviver): unknown;
    rawJSON(text: string): unknown;
  };
  return json.parse(body, (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined && String(value) !== source ? json.rawJSON(source) : value,
  );
}
