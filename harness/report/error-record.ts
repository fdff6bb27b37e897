import { type Static, Type } from 'typebox';
import { ERROR_SOURCES } from '../checkers/judged-errors.ts';

const strict = { additionalProperties: false } as const;

/** What tells errors of one class from others: where its name comes from. */
const ERROR_KINDS = [
  /** The status of a reply to a request. */
  'HTTP status',
  /** The word about one message of a reply, or about one ack. */
  'item status',
  /** The code of an error of PostgreSQL, in either log. */
  'SQLSTATE',
  /** A connection that could not be opened or was cut. */
  'socket',
  /** No answer in time. */
  'timeout',
  /** An answer that cannot be read by the contract. */
  'contract',
  /** The shape of a line without a code. */
  'log line',
  /** The load itself: what it never sent, and why it gave up. */
  'load',
] as const;

const Moment = Type.Object(
  {
    round: Type.Integer(),
    /** Milliseconds since the measured window began; negative in the warm-up. */
    atMs: Type.Number(),
  },
  strict,
);

/** All errors of one class that one source saw, over all rounds of an arm. */
const ErrorClassRecord = Type.Object(
  {
    source: Type.Enum([...ERROR_SOURCES]),
    kind: Type.Enum([...ERROR_KINDS]),
    class: Type.String(),
    count: Type.Integer(),
    /** Those that the checks of the run excuse by nothing. */
    unexplained: Type.Integer(),
    /** True when all are explained, false when one is not, null when it is not known of some and the rest are explained. */
    expected: Type.Union([Type.Boolean(), Type.Null()]),
    /** Null when no error of the class has a time. */
    first: Type.Union([Moment, Type.Null()]),
    last: Type.Union([Moment, Type.Null()]),
    firstUnexplained: Type.Union([Moment, Type.Null()]),
    /** One of them as it was seen, an unexplained one if there is one; shortened. */
    example: Type.String(),
    /** While a fault was in force: index into the arm's `faults`, and how many. */
    inFaults: Type.Array(Type.Object({ fault: Type.Integer(), count: Type.Integer() }, strict)),
    /** While none was. */
    outside: Type.Integer(),
    /** Without a time; with `outside` and `inFaults` the whole count. */
    untimed: Type.Integer(),
    /** How many in each bucket, from the first with one to the last; `from` counts buckets since `fromMs`. */
    overTime: Type.Array(
      Type.Object({ round: Type.Integer(), from: Type.Integer(), counts: Type.Array(Type.Integer()) }, strict),
    ),
  },
  strict,
);

/** Every error of one arm, whoever saw it, unexplained ones first; beside what was looked at. */
export const ErrorReportSchema = Type.Object(
  {
    /** The time axis of all rounds: where the first bucket begins (see Moment), how wide each is, and how many there are. */
    fromMs: Type.Number(),
    bucketMs: Type.Number(),
    buckets: Type.Integer(),
    classes: Type.Array(ErrorClassRecord),
    /** Who would have seen an error, and why nobody looked there; null when somebody did. */
    sources: Type.Array(
      Type.Object({ source: Type.Enum([...ERROR_SOURCES]), missing: Type.Union([Type.String(), Type.Null()]) }, strict),
    ),
  },
  strict,
);

export type ErrorReport = Static<typeof ErrorReportSchema>;
export type ErrorClassRecord = Static<typeof ErrorClassRecord>;
export type ErrorMomentRecord = Static<typeof Moment>;
export type ErrorKind = (typeof ERROR_KINDS)[number];
