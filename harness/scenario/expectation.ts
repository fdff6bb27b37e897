import { suggestion } from './nearest-word.ts';

/**
 * What an expectation can speak of. Latencies in milliseconds, `throughput` and `popAck` (of consumers that acknowledge by
 * request) in messages, `requests` and `capacity` (the highest rate that is sustained) in requests per second.
 */
const METRICS = [
  'throughput',
  'p50',
  'p90',
  'p99',
  'p999',
  'requests',
  'capacity',
  'acknowledged',
  'lost',
  'duplicated',
  'errors',
  'refused',
  'peakConnections',
  'ceilingFraction',
  'popAck',
  'popP50',
  'popP99',
  'ackP50',
  'ackP99',
] as const;

export type Metric = (typeof METRICS)[number];

const OPERATORS = ['==', '!=', '<=', '>=', '<', '>'] as const;

export type Operator = (typeof OPERATORS)[number];

/** A metric of one arm, or of every arm when none is named. */
export interface Term {
  readonly arm: string | undefined;
  readonly metric: Metric;
  /** Position in the expectation's text, counted from 0. */
  readonly offset: number;
}

/** `term [/ term] operator number`. */
export interface Expectation {
  readonly text: string;
  readonly term: Term;
  readonly divisor: Term | undefined;
  readonly operator: Operator;
  readonly value: number;
}

/** An expectation that cannot be read; `offset` is the position of the fault in its text. */
export class ExpectationError extends Error {
  override readonly name = 'ExpectationError';
  readonly offset: number;

  constructor(offset: number, message: string) {
    super(message);
    this.offset = offset;
  }
}

const SPACE = /\s*/y;
// An unquoted arm begins with a letter and may hold one `=`, so that `lost==0` is never read as an arm.
const UNQUOTED_ARM = /^[A-Za-z][\w-]*(?:=[\w-]+)?$/;
const TERM = /(?:"([^"]+)"\.|([A-Za-z][\w-]*(?:=[\w-]+)?)\.)?([A-Za-z][\w-]*)/y;
const OPERATOR = /[=!<>]+/y;
const NUMBER = /-?\d+(?:\.\d+)?(?![\w.])/y;

/**
 * Reads one expectation: `lost == 0`, `push.p99 < 20`, `push.throughput / push-legacy.throughput >= 1.3`,
 * `"push batch=1".refused == 0`. Throws ExpectationError. Whether the arms exist is for unknownArm to say.
 */
export function parseExpectation(text: string): Expectation {
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | undefined => {
    SPACE.lastIndex = at;
    at += SPACE.exec(text)?.[0].length ?? 0;
    pattern.lastIndex = at;
    const match = pattern.exec(text) ?? undefined;
    at += match?.[0].length ?? 0;
    return match;
  };
  const fail = (expected: string): never => {
    const rest = text.slice(at).trim();
    throw new ExpectationError(at, `expected ${expected}, got ${rest === '' ? 'the end' : JSON.stringify(rest)}`);
  };
  const takeTerm = (): Term => {
    const match = take(TERM) ?? fail('a metric such as lost or push.throughput');
    return termOf(match, at - match[0].length);
  };
  const term = takeTerm();
  const divisor = take(/\//y) === undefined ? undefined : takeTerm();
  const operatorText = take(OPERATOR)?.[0];
  const operator = OPERATORS.find((known) => known === operatorText);
  if (operator === undefined) {
    at -= operatorText?.length ?? 0;
    return fail(`one of ${OPERATORS.join(' ')}`);
  }
  const value = Number((take(NUMBER) ?? fail('a number'))[0]);
  take(SPACE);
  if (at < text.length) fail('the end');
  return { text, term, divisor, operator, value };
}

/** The first fault of an expectation that names an arm which is not there; undefined when all are. */
export function unknownArm(expectation: Expectation, armNames: readonly string[]): ExpectationError | undefined {
  for (const term of [expectation.term, expectation.divisor]) {
    if (term?.arm === undefined || armNames.includes(term.arm)) continue;
    const quoted = armNames.map((name) => (UNQUOTED_ARM.test(name) ? name : JSON.stringify(name)));
    return new ExpectationError(
      term.offset,
      `expected one of the arms ${quoted.join(', ')}, got ${JSON.stringify(term.arm)}`,
    );
  }
  return undefined;
}

function termOf([whole, quotedArm, arm, metricText = '']: RegExpExecArray, offset: number): Term {
  const metric = METRICS.find((known) => known === metricText);
  if (metric === undefined) {
    const message = `unknown metric ${JSON.stringify(metricText)}${suggestion(metricText, METRICS)}`;
    throw new ExpectationError(offset + whole.length - metricText.length, message);
  }
  return { arm: quotedArm ?? arm, metric, offset };
}
