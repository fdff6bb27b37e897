import type { ErrorClassRecord, ErrorReport } from '../report/error-record.ts';
import type { ArmResult, Result } from '../report/result.ts';
import { sampleResult } from './sample-result.ts';

const SOURCES: ErrorReport['sources'] = [
  { source: 'producer', missing: null },
  { source: 'consumer', missing: null },
  { source: 'server log', missing: null },
  { source: 'PostgreSQL log', missing: 'no right to read it' },
];

const AXIS = { fromMs: -1_500, bucketMs: 250, buckets: 48, sources: SOURCES };

/** What PostgreSQL's end at 2 s of round 1 (fault 0 of the sample's arm `push`) must cause, and nothing else. */
const OF_THE_FAULT: readonly ErrorClassRecord[] = [
  {
    source: 'server log',
    kind: 'socket',
    class: 'ECONNREFUSED connect ECONNREFUSED #.#.#.#:#',
    count: 1_200,
    unexplained: 0,
    expected: true,
    first: { round: 1, atMs: 2_010 },
    last: { round: 1, atMs: 4_470 },
    firstUnexplained: null,
    example: 'connect ECONNREFUSED 127.0.0.1:5432',
    inFaults: [{ fault: 0, count: 1_200 }],
    outside: 0,
    untimed: 0,
    overTime: [{ round: 1, from: 14, counts: [80, 160, 140, 120, 130, 110, 120, 130, 120, 90] }],
  },
  {
    source: 'consumer',
    kind: 'HTTP status',
    class: 'pop http 503',
    count: 4,
    unexplained: 0,
    expected: true,
    first: { round: 1, atMs: 2_100 },
    last: { round: 1, atMs: 3_900 },
    firstUnexplained: null,
    example: 'PostgreSQL cannot be reached',
    inFaults: [{ fault: 0, count: 4 }],
    outside: 0,
    untimed: 0,
    overTime: [{ round: 1, from: 14, counts: [2, 0, 0, 1, 0, 0, 0, 1] }],
  },
];

/** What nothing explains: the arm `push-legacy` had no fault. */
const UNEXPLAINED: readonly ErrorClassRecord[] = [
  {
    source: 'producer',
    kind: 'HTTP status',
    class: 'http 503',
    count: 3,
    unexplained: 3,
    expected: false,
    first: { round: 2, atMs: 5_310 },
    last: { round: 3, atMs: 6_020 },
    firstUnexplained: { round: 2, atMs: 5_310 },
    example: 'no connection became free within 5000 ms',
    inFaults: [],
    outside: 3,
    untimed: 0,
    overTime: [
      { round: 2, from: 27, counts: [2] },
      { round: 3, from: 30, counts: [1] },
    ],
  },
  {
    source: 'producer',
    kind: 'socket',
    class: 'socket ECONNRESET',
    count: 1,
    unexplained: 0,
    expected: null,
    first: null,
    last: null,
    firstUnexplained: null,
    example: 'read ECONNRESET',
    inFaults: [],
    outside: 0,
    untimed: 1,
    overTime: [],
  },
];

const REPORTS: Readonly<Record<string, readonly ErrorClassRecord[]>> = {
  push: OF_THE_FAULT,
  'push-legacy': UNEXPLAINED,
};

function withErrors(arm: ArmResult): ArmResult {
  if (arm.refused !== null) return arm;
  return { ...arm, errorReport: { ...AXIS, classes: [...(REPORTS[arm.name] ?? [])] } };
}

/** The sample with the errors of all who saw one: those of a fault, some that nothing explains, one that nobody can place. */
export function errorsResult(): Result {
  const sample = sampleResult();
  return { ...sample, arms: sample.arms.map(withErrors) };
}

/** Only arms whose errors are all explained. */
export function explainedResult(): Result {
  const sample = errorsResult();
  return { ...sample, arms: sample.arms.filter(({ name }) => name === 'push') };
}

/** Nobody saw any error. */
export function faultlessResult(): Result {
  const sample = errorsResult();
  const none = (arm: ArmResult): ArmResult => ({ ...arm, errors: [], errorReport: { ...AXIS, classes: [] } });
  return { ...sample, arms: sample.arms.filter(({ refused }) => refused === null).map(none) };
}
