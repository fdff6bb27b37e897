import type { ErrorSource } from '../checkers/judged-errors.ts';
import type { ErrorKind } from './error-record.ts';

/** Five digits and capitals with a digit among them: `EPIPE` is none. */
const SQLSTATE = /^(?=[0-9A-Z]{0,4}\d)[0-9A-Z]{5}(?: |$)/;
const SOCKET_CODE = /^(ECONN[A-Z]+|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_[A-Z]+)(?: |$)/;
const TIMED_OUT = /TIMEDOUT|TIMEOUT|^timeout$/;

/** Of words that producers and consumers use; the first that fits. */
const KINDS: readonly (readonly [RegExp, ErrorKind])[] = [
  [/^http \d/, 'HTTP status'],
  [TIMED_OUT, 'timeout'],
  [/^(load |never sent$|other$)/, 'load'],
  [/^(socket|connect|no connection:) /, 'socket'],
  [/^(item |bad item |refused$)/, 'item status'],
];

/** The kind of a class by its name. */
export function kindOfError(source: ErrorSource, name: string): ErrorKind {
  if (source === 'server log' || source === 'PostgreSQL log') {
    if (SQLSTATE.test(name)) return 'SQLSTATE';
    if (!SOCKET_CODE.test(name)) return 'log line';
    return TIMED_OUT.test(name) ? 'timeout' : 'socket';
  }
  // Consumers say first what they had asked for.
  const words = source === 'consumer' ? name.replace(/^(pop|ack) /, '') : name;
  return KINDS.find(([shape]) => shape.test(words))?.[1] ?? 'contract';
}
