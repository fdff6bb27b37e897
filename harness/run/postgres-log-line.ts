import type { LogProblem } from '../history/evidence.ts';
import type { Trouble } from './log-problems.ts';

/** One line of PostgreSQL's log that carries the prefix; continuation lines begin with a tab and carry none. */
export interface PostgresLogEntry {
  readonly atMs: number | undefined;
  readonly sqlState: string;
  /** In the language of the server (lc_messages). */
  readonly word: string;
  readonly message: string;
}

/** `%m [%p] %e %a ` and then `WORD:  message`. The application's name may be empty or hold blanks. */
const LINE = /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}) (\S+) \[\d+\] ([0-9A-Z]{5}) (?:.*? )?([^\s:]+): {2}(.*)$/;

const SEVERITY_OF_WORD: Readonly<Record<string, LogProblem['severity']>> = Object.freeze({
  WARNING: 'warning',
  ERROR: 'error',
  FATAL: 'fatal',
  PANIC: 'fatal',
});

/** Belong to the line before them, or tell of no trouble. `LOG` has cases of its own. */
const HARMLESS = new Set([
  'NOTICE',
  'INFO',
  'DETAIL',
  'HINT',
  'CONTEXT',
  'STATEMENT',
  'QUERY',
  'LOCATION',
  'BACKTRACE',
]);

/** How the postmaster tells that a backend died, at level LOG and with SQLSTATE 00000. */
const CRASH = /^(server process|background worker|\w+ process) .*(was terminated by|exited with exit code)/;

/** Undefined for a line without the prefix. */
export function parsePostgresLine(line: string): PostgresLogEntry | undefined {
  const [, time = '', zone = '', sqlState = '', word = '', message = ''] = LINE.exec(line) ?? [];
  if (word === '') return undefined;
  // Only zones that Date knows can be placed; another one costs the time, not the finding.
  const atMs = Date.parse(`${time.replace(' ', 'T')}${zone === 'UTC' || zone === 'GMT' ? 'Z' : zone}`);
  return { atMs: Number.isNaN(atMs) ? undefined : atMs, sqlState, word, message };
}

/** The trouble that a line tells of, if any. */
export function troubleOfPostgres({ atMs, sqlState, word, message }: PostgresLogEntry): Trouble | undefined {
  const severity = severityOf(sqlState, word, message);
  return severity === undefined ? undefined : { severity, code: sqlState, message, atMs };
}

function severityOf(sqlState: string, word: string, message: string): LogProblem['severity'] | undefined {
  if (HARMLESS.has(word) || word.startsWith('DEBUG')) return undefined;
  if (word === 'LOG') {
    if (CRASH.test(message)) return 'fatal';
    // "unexpected EOF on client connection with an open transaction" and the like.
    return sqlState.startsWith('08') ? 'warning' : undefined;
  }
  return SEVERITY_OF_WORD[word] ?? severityOfClass(sqlState.slice(0, 2));
}

/** For words in another language: the class of the SQLSTATE says as much (00 success, 01 warning, 02 no data). */
function severityOfClass(sqlStateClass: string): LogProblem['severity'] | undefined {
  if (sqlStateClass === '00' || sqlStateClass === '02') return undefined;
  return sqlStateClass === '01' ? 'warning' : 'error';
}
